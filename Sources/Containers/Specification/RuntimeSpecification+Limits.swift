import Volumes

extension RuntimeSpecification {
    /// Refuses a container that could get past the limits of what it mounts.
    func checkLimits(of mounts: [Volumes.Mount]) throws(ContainerError) {
        for mount in mounts {
            if mount.escapes.contains(.privilege),
                process.capabilities.bounding.contains("CAP_SYS_RESOURCE")
            {
                throw Self.refusal(
                    of: mount, "ext4's quota does not bind a container with CAP_SYS_RESOURCE")
            }
            if mount.escapes.contains(.uncounting), linux.seccomp == nil {
                throw Self.refusal(
                    of: mount, "a container without seccomp's filter could get past its limit")
            }
        }
    }

    private static func refusal(of mount: Volumes.Mount, _ reason: String) -> ContainerError {
        .invalidRequest(
            "the volume at \(mount.source) has a limit, and \(reason): leave --privileged and "
                + "--cap-add out, or create the volume with backing=image")
    }
}
