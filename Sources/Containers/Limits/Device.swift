import Glibc

/// A device of the host's that a container gets.
public struct DeviceRequest: Codable, Hashable, Sendable {
    public let path: String
    public let pathInContainer: String
    /// Of `rwm`: read, write, make.
    public let access: String

    public init(
        _ path: String, at pathInContainer: String, access: String
    ) throws(ContainerError) {
        self.path = path
        self.pathInContainer = pathInContainer.isEmpty ? path : pathInContainer
        self.access = access.isEmpty ? "rwm" : access
        guard path.hasPrefix("/"), self.pathInContainer.hasPrefix("/") else {
            throw .invalidRequest("invalid device \"\(path)\": give absolute paths")
        }
        guard Set(self.access).count == self.access.count, self.access.allSatisfy("rwm".contains)
        else {
            throw .invalidRequest(
                "invalid device mode \"\(access)\" for \(path): use letters of rwm")
        }
        _ = try specification()
    }

    /// What the runtime is to make, and to allow; the device must be there.
    func specification() throws(ContainerError) -> (
        device: RuntimeSpecification.Device, rule: RuntimeSpecification.DeviceRule
    ) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .invalidRequest(
                "error gathering device information while adding custom device \"\(path)\": "
                    + String(cString: strerror(errno)))
        }
        let isBlock = status.st_mode & S_IFMT == S_IFBLK
        guard isBlock || status.st_mode & S_IFMT == S_IFCHR else {
            throw .invalidRequest("\(path) is not a device node: give one")
        }
        let number = status.st_rdev
        let major = Int64((number >> 8) & 0xfff | (number >> 32) & ~0xfff)
        let minor = Int64(number & 0xff | (number >> 12) & ~0xff)
        let type = isBlock ? "b" : "c"
        return (
            RuntimeSpecification.Device(
                path: pathInContainer, type: type, major: major, minor: minor,
                fileMode: status.st_mode & 0o777, uid: status.st_uid, gid: status.st_gid),
            RuntimeSpecification.DeviceRule(
                allow: true, access: access, type: type, major: major, minor: minor)
        )
    }
}
