import FoundationEssentials
import Glibc
import Linux
import Volumes

/// Maps with qemu-storage-daemon: it shows the image as a file by FUSE, and a loop device makes
/// that a block device. Needs no module of the kernel's besides those two.
///
/// One process for each image. Its words name the cluster's configuration file and the user, never
/// a key.
struct QemuMapper: Mapper {
    let name = "qemu"
    let merit = "a process of qemu-storage-daemon serves a loop device"
    /// Its process has the image's lock, and would not see another size.
    let followsCluster = false

    private static let program = "/usr/bin/qemu-storage-daemon"
    private static let packages = "qemu-system-common and qemu-block-extra"
    /// How long it may take to open an image, or to write back what it holds at the end.
    private static let seconds = 30

    private func file(_ directory: String) -> String { directory + "/image" }
    private func processFile(_ directory: String) -> String { directory + "/pid" }
    private func log(_ directory: String) -> String { directory + "/log" }

    func check(features: UInt64) throws {
        guard access(Self.program, X_OK) == 0 else {
            throw missing("\(Self.program) is not there")
        }
        guard access("/dev/fuse", R_OK | W_OK) == 0 else {
            throw VolumeError.storage(
                action: "map Ceph images",
                reason: "/dev/fuse is not there: load the kernel's module fuse")
        }
    }

    private func missing(_ reason: String) -> VolumeError {
        .storage(action: "map Ceph images", reason: "\(reason): install \(Self.packages)")
    }

    func accessNeeded(to cluster: CephCluster) -> CephAccess? { nil }

    // MARK: Map

    func map(_ place: CephPlace, _ access: CephAccess?, in directory: String) throws {
        _ = try OpenFile(directory, for: .directory).makeFile("image", size: 0)
        let process = try DetachedProcess(
            Self.program, arguments: try words(place, directory), environment: [:],
            output: log(directory))
        do {
            try Waiting.wait(for: "\(place) to be shown by \(Self.program)", seconds: Self.seconds)
            {
                guard process.isRunning else { throw failure(of: place, directory) }
                return try isShown(directory)
            }
        } catch {
            RunningProcess(process.id)?.kill()
            throw error
        }
    }

    private func words(_ place: CephPlace, _ directory: String) throws -> [String] {
        var image = [
            "driver": "rbd", "node-name": "image", "conf": place.configuration,
            "user": place.user, "pool": place.pool, "image": place.image, "discard": "unmap",
        ]
        if !place.namespace.isEmpty { image["namespace"] = place.namespace }
        let export = [
            "type": "fuse", "id": "export", "node-name": "image", "mountpoint": file(directory),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let exported = String(decoding: try encoder.encode(export), as: UTF8.self)
        return [
            "--pidfile", processFile(directory),
            "--blockdev",
            String(decoding: try encoder.encode(image), as: UTF8.self).dropLast()
                + ",\"read-only\":\(place.isReadOnly)}",
            "--export", exported.dropLast() + ",\"writable\":\(!place.isReadOnly)}",
        ]
    }

    private func isShown(_ directory: String) throws -> Bool {
        try MountTable().entry(at: file(directory))?.type.hasPrefix("fuse") == true
    }

    private func failure(of place: CephPlace, _ directory: String) -> VolumeError {
        let text = (try? OpenFile.text(at: log(directory))) ?? ""
        let line = text.split(separator: "\n").last.map(String.init) ?? "it ended"
        guard !line.contains("'rbd'") else { return missing("qemu can't read Ceph images") }
        return .storage(action: "map \(place)", reason: line)
    }

    func isMapped(in directory: String) -> Bool { process(of: directory) != nil }

    /// The process that shows this directory's image; nil if it ended.
    private func process(of directory: String) -> RunningProcess? {
        guard let text = try? OpenFile.text(at: processFile(directory)),
            let process = Int32(text.prefix { $0.isNumber }).flatMap({ RunningProcess($0) }),
            process.words?.contains(processFile(directory)) == true
        else { return nil }
        return process
    }

    // MARK: The device

    func device(in directory: String, named name: String) throws -> MappedDevice {
        // What is only read is shown as a file that nobody may write to.
        let isReadOnly = try FileStatus(of: file(directory)).mode & 0o200 == 0
        let shown = try OpenFile(file(directory), for: isReadOnly ? .reading : .writing)
        return MappedDevice(try LoopDevice(over: shown, named: name))
    }

    /// The device goes with its last user.
    func isInUse(in directory: String) throws -> Bool {
        let blocks = "/sys/block"
        return try OpenFile(blocks, for: .directory).names().contains { name in
            name.hasPrefix("loop")
                && (try? OpenFile.text(at: "\(blocks)/\(name)/loop/backing_file"))?
                    .hasPrefix(file(directory)) == true
        }
    }

    func resize(
        to size: Int64, in directory: String, mountedFrom source: String
    ) throws -> String {
        guard let device = LoopDevice(at: source, showing: try FileStatus(of: file(directory)))
        else {
            throw VolumeError.storage(
                action: "resize", reason: "\(source) does not show the image any more")
        }
        // The process resizes the image for us, which holds its lock.
        try OpenFile(file(directory), for: .writing).resize(to: size)
        try device.grow()
        return device.path
    }

    // MARK: Unmap

    func unmap(in directory: String) throws {
        if let process = process(of: directory) {
            process.terminate()
            // It writes back what it holds. While it can't, the image is not free.
            try waitForEnd(of: process)
        }
        try takeAway(directory)
    }

    func cutOff(in directory: String) throws {
        guard let process = process(of: directory) else { return }
        process.kill()
        try waitForEnd(of: process)
    }

    private func waitForEnd(of process: RunningProcess) throws {
        try Waiting.wait(for: "\(Self.program) to end", seconds: Self.seconds) { process.hasEnded }
    }

    private func takeAway(_ directory: String) throws {
        while try MountTable().entry(at: file(directory)) != nil {
            try Mounting.unmount(file(directory), lazily: true)
        }
        let room = try OpenFile(directory, for: .directory)
        for name in ["image", "pid", "log"] {
            do { try room.removeFile(name) } catch { guard error.isMissing else { throw error } }
        }
    }
}
