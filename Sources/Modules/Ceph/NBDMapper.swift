import FoundationEssentials
import Glibc
import Linux
import Volumes

/// Maps with rbd-nbd: a process that speaks with the cluster, for the kernel's module nbd.
///
/// One process for each image. Its words name the cluster's configuration file and the user, never
/// a key, and its log, which lies in the directory of the volume and says whose it is.
struct NBDMapper: Mapper {
    let name = "rbd-nbd"
    let merit = "a process of rbd-nbd serves the kernel's module nbd"
    let followsCluster = true

    private static let program = "/usr/bin/rbd-nbd"
    private static let module = KernelModule(
        "nbd", sign: "/sys/block/nbd0", settings: ["nbds_max=64"])
    /// How long it may take to open an image, or to write back what it holds at the end.
    private static let seconds = 30

    private func processFile(_ directory: String) -> String { directory + "/pid" }
    private func log(_ directory: String) -> String { directory + "/log" }

    func check(features: UInt64) throws {
        guard access(Self.program, X_OK) == 0 else {
            throw refusal("\(Self.program) is not there: install the package rbd-nbd")
        }
        guard try Self.module.load() else { throw refusal("the kernel has no module nbd") }
    }

    private func refusal(_ reason: String) -> VolumeError {
        .storage(action: "map Ceph images", reason: reason)
    }

    func accessNeeded(to cluster: CephCluster) -> CephAccess? { nil }

    // MARK: Map

    func map(_ place: CephPlace, _ access: CephAccess?, in directory: String) throws {
        // Nobody else takes it as long as this one is held.
        let device = try idleDevice()
        let process = try DetachedProcess(
            Self.program, arguments: words(place, device.path, directory), environment: [:],
            output: log(directory))
        do {
            try Data("\(process.id)\n".utf8).write(to: URL(filePath: processFile(directory)))
            try Waiting.wait(for: "\(place) to be shown by \(Self.program)", seconds: Self.seconds)
            {
                guard process.isRunning else { throw failure(of: place, directory) }
                return server(of: device.path) == process.id
                    && KernelImages.size(of: String(device.path.dropFirst(5))) ?? 0 > 0
            }
        } catch {
            RunningProcess(process.id)?.kill()
            throw error
        }
    }

    private func words(_ place: CephPlace, _ device: String, _ directory: String) -> [String] {
        // In the foreground, so that it is the process that was started.
        [
            "map", "-f", "--conf", place.configuration, "--id", place.user, "--device", device,
            "--log-file", log(directory), "--admin-socket=",
        ] + (place.isReadOnly ? ["--read-only"] : []) + ["\(place)"]
    }

    /// One without a server, and without a mount that a server left behind: it would write into
    /// the image of the next one.
    private func idleDevice() throws -> IdleDevice {
        let names = try OpenFile("/sys/block", for: .directory).names()
            .filter { $0.hasPrefix("nbd") }.sorted()
        for path in names.map({ "/dev/\($0)" }) where server(of: path) == nil {
            guard let device = try? IdleDevice(path), server(of: path) == nil else { continue }
            return device
        }
        throw refusal(
            "all \(names.count) devices of the kernel's module nbd are taken: load it with more "
                + "(modprobe nbd nbds_max=\(max(64, names.count * 2)))")
    }

    /// The process that serves a device, from the kernel's own list.
    private func server(of device: String) -> Int32? {
        let file = "/sys/block/\(device.dropFirst(5))/pid"
        return (try? OpenFile.text(at: file)).flatMap { Int32($0.prefix { $0.isNumber }) }
    }

    private func failure(of place: CephPlace, _ directory: String) -> VolumeError {
        let text = (try? OpenFile.text(at: log(directory))) ?? ""
        let line = text.split(separator: "\n").last.map(String.init) ?? "it ended"
        return .storage(action: "map \(place)", reason: line)
    }

    // MARK: What is mapped

    /// The process that maps this directory's image, and its device; nil if it ended.
    private func mapped(in directory: String) -> (process: RunningProcess, device: String)? {
        let noted = (try? OpenFile.text(at: processFile(directory)))
            .flatMap { Int32($0.prefix { $0.isNumber }) }
        // Without a note it was started and not noted: pouchd was killed between the two.
        for id in noted.map({ [$0] }) ?? (try? RunningProcess.ids) ?? [] {
            guard let process = RunningProcess(id), let words = process.words,
                words.first == Self.program, words.contains(log(directory)),
                let option = words.firstIndex(of: "--device"), option + 1 < words.count
            else { continue }
            return (process, words[option + 1])
        }
        return nil
    }

    func isMapped(in directory: String) -> Bool {
        guard let (process, device) = mapped(in: directory) else { return false }
        return server(of: device) == process.id
    }

    private func device(in directory: String) throws -> String {
        guard let (process, device) = mapped(in: directory), server(of: device) == process.id
        else { throw refusal("\(Self.program) does not map the image of \(directory) any more") }
        return device
    }

    func device(in directory: String, named name: String) throws -> MappedDevice {
        MappedDevice(try device(in: directory))
    }

    /// The kernel would let it be unmapped under a mount.
    func isInUse(in directory: String) throws -> Bool {
        guard let (process, device) = mapped(in: directory), server(of: device) == process.id
        else { return false }
        do throws(SystemError) {
            _ = try IdleDevice(device)
            return false
        } catch {
            guard error.isBusy else { throw error }
            return true
        }
    }

    func resize(
        to size: Int64, in directory: String, mountedFrom source: String
    ) throws -> String {
        let device = try device(in: directory)
        guard source == device else {
            throw refusal("\(source) is mounted, and \(device) shows the image")
        }
        try Waiting.wait(for: "\(device) to grow", seconds: Self.seconds) {
            KernelImages.size(of: String(device.dropFirst(5))) == size
        }
        return device
    }

    // MARK: Unmap

    func unmap(in directory: String) throws {
        if let (process, device) = mapped(in: directory) {
            // Held, so that nobody mounts it in the last moment.
            let idle = server(of: device) == process.id ? try IdleDevice(device) : nil
            // Before it serves a device, it hears nothing.
            idle == nil ? process.kill() : process.terminate()
            try waitForEnd(of: process)
            withExtendedLifetime(idle) {}
        }
        let room = try OpenFile(directory, for: .directory)
        for name in ["pid", "log"] {
            do { try room.removeFile(name) } catch { guard error.isMissing else { throw error } }
        }
    }

    func cutOff(in directory: String) throws {
        guard let process = mapped(in: directory)?.process else { return }
        process.kill()
        try waitForEnd(of: process)
    }

    private func waitForEnd(of process: RunningProcess) throws {
        try Waiting.wait(for: "\(Self.program) to end", seconds: Self.seconds) { process.hasEnded }
    }
}
