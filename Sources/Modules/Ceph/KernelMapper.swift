import Linux
import Volumes

/// Maps with the kernel's own module rbd, which speaks with the cluster by itself: no process, and
/// a device that a mount keeps.
///
/// The module is told the key through the kernel's keyring, so that it stands neither in words of
/// processes nor in what the module shows of itself.
struct KernelMapper: Mapper {
    let name = "krbd"
    let merit = "the kernel's own module rbd needs no process"
    let followsCluster = true

    private static let module = KernelModule("rbd", sign: "/sys/bus/rbd/devices")
    /// How long the kernel may take to hear from the monitors.
    private static let seconds = 20

    func check(features: UInt64) throws {
        guard try Self.module.load() else {
            throw refusal("the kernel has no module rbd")
        }
        // Older ones don't say, and know the first two only.
        let text = (try? OpenFile.text(at: "/sys/bus/rbd/supported_features")) ?? "0x3"
        let known = UInt64(text.dropFirst(2).prefix { $0.isHexDigit }, radix: 16) ?? 3
        let unknown = features & ~known
        guard unknown == 0 else {
            throw refusal(
                "this kernel does not know the image's features 0x\(String(unknown, radix: 16))")
        }
    }

    private func refusal(_ reason: String) -> VolumeError {
        .storage(action: "map Ceph images", reason: reason)
    }

    func accessNeeded(to cluster: CephCluster) throws -> CephAccess? { try cluster.access() }

    // MARK: Map

    func map(_ place: CephPlace, _ access: CephAccess?, in directory: String) throws {
        guard let access, let secret = access.key.bytes else {
            throw refusal("the key of \(place.user) is not one that Ceph made")
        }
        let words = Self.words(place, access, directory)
        do throws(SystemError) {
            let key = try ThreadKey(
                type: "ceph", name: KernelImages.keyName(for: directory), secret: secret)
            try OpenFile.order(words, at: KernelImages.door("add"))
            _ = consume key
        } catch {
            throw VolumeError.storage(
                action: "map \(place)",
                reason: "\(error.reason); the kernel's log says more (dmesg)")
        }
        try Waiting.wait(for: "the device of \(place)", seconds: Self.seconds) {
            guard let path = try KernelImages.image(of: directory)?.path else { return false }
            return (try? FileStatus(of: path))?.kind == .blockDevice
        }
    }

    /// What the kernel is told.
    ///
    /// A client of its own for each image, which can be fenced without the others. Not `exclusive`,
    /// which would refuse snapshots and another size while it is mapped: the lease keeps others out.
    static func words(_ place: CephPlace, _ access: CephAccess, _ directory: String) -> String {
        var options = [
            "name=\(place.user)", "key=\(KernelImages.keyName(for: directory))", "noshare",
            "mount_timeout=\(seconds)",
        ]
        if access.isSecondProtocol { options.append("ms_mode=prefer-crc") }
        if place.isReadOnly { options.append("ro") }
        if !place.namespace.isEmpty { options.append("_pool_ns=\(place.namespace)") }
        return "\(access.monitors) \(options.joined(separator: ",")) \(place.pool) \(place.image) -"
    }

    func isMapped(in directory: String) -> Bool {
        (try? KernelImages.image(of: directory)) != nil
    }

    private func image(in directory: String) throws -> KernelImages.Image {
        guard let image = try KernelImages.image(of: directory) else {
            throw refusal("the kernel does not map the image of \(directory) any more")
        }
        return image
    }

    func device(in directory: String, named name: String) throws -> MappedDevice {
        MappedDevice(try image(in: directory).path)
    }

    /// The kernel itself unmaps nothing that is used.
    func isInUse(in directory: String) -> Bool { false }

    func resize(
        to size: Int64, in directory: String, mountedFrom source: String
    ) throws -> String {
        let image = try image(in: directory)
        guard source == image.path else {
            throw refusal("\(source) is mounted, and \(image.path) shows the image")
        }
        try Waiting.wait(for: "\(image.path) to grow", seconds: Self.seconds) { image.size == size }
        return image.path
    }

    // MARK: Unmap

    func unmap(in directory: String) throws {
        guard let image = try KernelImages.image(of: directory) else { return }
        try remove(image)
    }

    func cutOff(in directory: String) throws {
        guard let image = try KernelImages.image(of: directory) else { return }
        // Whoever has it mounted sees errors from now on.
        try remove(image, " force")
    }

    private func remove(_ image: KernelImages.Image, _ how: String = "") throws {
        do throws(SystemError) {
            try OpenFile.order(image.number + how, at: KernelImages.door("remove"))
        } catch {
            // It went meanwhile.
            guard !error.isMissing else { return }
            throw error
        }
    }
}
