import Foundation
import Linux
import Logging
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// One host of several that share a cluster: a home and a daemon's driver.
struct CephHost: Sendable {
    let root: String
    let cluster: TestCeph
    let driver: CephDriver
    private let log: LogLines
    private let settings: CephSettings

    private init(
        _ root: String, _ cluster: TestCeph, _ settings: CephSettings = .none
    ) throws {
        self.settings = settings
        self.root = root
        self.cluster = cluster
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        let log = LogLines()
        self.log = log
        driver = CephDriver(
            directory: root + "/ceph", identity: root + "/host-id", settings: settings,
            logger: Logger(label: "test", factory: { _ in log }))
        try FileManager.default.createDirectory(
            atPath: root + "/ceph", withIntermediateDirectories: true)
    }

    /// What the driver said.
    var lines: [String] { log.lines }

    /// Runs `body` with two hosts, and takes down what they still have.
    ///
    /// - Parameter settings: What their configuration files say of clusters.
    static func two(
        _ settings: (TestCeph) throws -> CephSettings = { _ in .none },
        _ body: (CephHost, CephHost) async throws -> Void
    ) async throws {
        let cluster = try #require(TestCeph.current)
        let settings = try settings(cluster)
        try await withTemporaryDirectory { root in
            let hosts = try ["/a", "/b"].map { try CephHost(root + $0, cluster, settings) }
            do {
                try await body(hosts[0], hosts[1])
            } catch {
                for host in hosts { await host.tearDown() }
                throw error
            }
            for host in hosts { await host.tearDown() }
        }
    }

    static func one(_ body: (CephHost) async throws -> Void) async throws {
        try await two { host, _ in try await body(host) }
    }

    /// The same host with a daemon that was started anew.
    func restarted() throws -> CephHost { try CephHost(root, cluster, settings) }

    private func tearDown() async {
        _ = try? await driver.recover([], attached: [])
        for process in (try? processes()) ?? [] { kill(process, SIGKILL) }
    }

    // MARK: Volumes

    /// A volume with an image of 32 MiB, or with other options.
    func volume(_ name: String, _ options: [String: String] = [:]) throws -> Volume {
        let usual = options["image"] == nil ? ["size": "32m"] : [:]
        // The one that every host has: what else there may be runs in the guest.
        let base = ["conf": cluster.configuration, "user": "volumes", "mapper": "qemu"]
        return Volume(
            id: Surroundings.randomID(), name: try VolumeName(name), driver: "ceph",
            options: base.merging(usual) { $1 }.merging(options) { $1 },
            labels: ["stage": "test"], createdAt: Date())
    }

    func created(_ name: String, _ options: [String: String] = [:]) async throws -> Volume {
        var volume = try volume(name, options)
        volume.claim = try await driver.claim(for: volume)
        volume.handle = try await driver.create(volume)
        volume.phase = .ready
        return volume
    }

    func attach(_ volume: Volume) async throws {
        let attachment = try await driver.attach(volume, for: reference(to: volume))
        #expect(attachment.mount == .bind(driver.path(of: volume)))
    }

    func detach(_ volume: Volume) async throws {
        try await driver.detach(volume, from: reference(to: volume), isLast: true)
    }

    private func reference(to volume: Volume) -> Reference {
        Reference(volume: volume.id, owner: .container("web"), destination: "/data")
    }

    func removed(_ volume: Volume) async throws {
        try await driver.remove(volume)
        #expect(await driver.sweep([volume]) == [volume.id])
    }

    // MARK: Files and processes

    func path(_ file: String, in volume: Volume) -> String {
        driver.path(of: volume) + "/" + file
    }

    /// Writes a file and has it on disk.
    func write(_ text: String, to file: String, in volume: Volume) throws {
        try runTool(
            "timeout", "30", "sh", "-c", #"printf %s "$1" > "$2" && sync "$2""#, "sh", text,
            path(file, in: volume))
    }

    func read(_ file: String, in volume: Volume) throws -> String {
        try OpenFile.text(at: path(file, in: volume))
    }

    /// The processes that map this host's images and run; their pid files stay when they are killed.
    func processes() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/ceph").compactMap { name in
            let file = "\(root)/ceph/\(name)/pid"
            return (try? OpenFile.text(at: file))
                .flatMap { Int32($0.prefix(while: \.isNumber)) }
        }.filter { RunningProcess($0)?.hasEnded == false }
    }

    var rooms: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: root + "/ceph") }
    }

    /// A host that hangs for so long that its leases lapse: nothing renews or releases them.
    func lapse(_ volume: Volume) async throws {
        let place = try driver.place(of: volume)
        try await driver.ask("lapse", place) { pool, _ in
            let image = try pool.image(place.image, readOnly: true)
            let lease = CephLease(pool, image: try image.id, host: try self.driver.host())
            for holder in try lease.holders() { try lease.breakLock(of: holder) }
        }
    }
}
