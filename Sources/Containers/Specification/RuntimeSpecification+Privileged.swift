import Linux

/// A container that may do what root may: as docker's privileged ones.
extension RuntimeSpecification {
    mutating func privilege() {
        let isRoot = process.capabilities.effective != nil
        process.capabilities = Capabilities(bounding: CapabilityChoice.ours, forRoot: isRoot)
        linux.seccomp = nil
        linux.maskedPaths = []
        linux.readonlyPaths = []
        linux.resources.devices = [DeviceRule(allow: true, access: "rwm")]
        linux.devices = Self.hostDevices()
        for index in mounts.indices where ["sysfs", "cgroup"].contains(mounts[index].type) {
            mounts[index].options.removeAll { $0 == "ro" }
        }
    }

    /// Every device node below /dev. What comes and goes meanwhile is left out.
    private static func hostDevices() -> [Device] {
        var devices: [Device] = []
        var directories = ["/dev"]
        while let directory = directories.popLast() {
            guard let open = try? OpenFile(directory, for: .directory),
                let names = try? open.names()
            else { continue }
            for name in names.sorted() {
                let path = "\(directory)/\(name)"
                switch (try? open.status(of: name))?.kind {
                case .directory where !apart.contains(path): directories.append(path)
                case .blockDevice, .characterDevice:
                    if path != "/dev/console", let device = try? DeviceRequest(path).node() {
                        devices.append(device)
                    }
                default: break
                }
            }
        }
        return devices
    }

    /// A container has its own of these.
    private static let apart: Set = ["/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd"]
}

extension DeviceRequest {
    fileprivate init(_ path: String) throws(ContainerError) {
        try self.init(path, at: "", access: "")
    }

    fileprivate func node() throws(ContainerError) -> RuntimeSpecification.Device {
        try specification().device
    }
}
