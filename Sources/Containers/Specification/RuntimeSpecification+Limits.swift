import Volumes

extension RuntimeSpecification.Circumstances {
    /// How a limit could be got past of anything that the container has.
    var escapes: Set<Volumes.Mount.Escape> {
        mounts.reduce(into: layerEscapes) { $0.formUnion($1.escapes) }
    }
}

extension RuntimeSpecification {
    /// Refuses a container that could get past the limits of what it mounts, or its own.
    func checkLimits(of circumstances: Circumstances) throws(ContainerError) {
        for mount in circumstances.mounts {
            guard let reason = escape(through: mount.escapes) else { continue }
            throw .invalidRequest(
                "the volume at \(mount.source) has a limit, and \(reason): leave --privileged and "
                    + "--cap-add out, or create the volume with backing=image")
        }
        guard let reason = escape(through: circumstances.layerEscapes) else { return }
        throw .invalidRequest(
            "the container's own files have a limit, and \(reason): leave --privileged and "
                + "--cap-add out, or --disk-quota")
    }

    /// How the container could get past a limit, as a sentence part; nil if it can't.
    private func escape(through escapes: Set<Volumes.Mount.Escape>) -> String? {
        if escapes.contains(.privilege), process.capabilities.bounding.contains("CAP_SYS_RESOURCE")
        {
            return "ext4's quota does not bind a container with CAP_SYS_RESOURCE"
        }
        if escapes.contains(.uncounting), linux.seccomp == nil {
            return "a container without seccomp's filter could get past its limit"
        }
        return nil
    }
}

extension RuntimeSpecification.Process {
    /// Refuses a process that could get past the limits of what its container mounts, or of the
    /// container's own files. The container's filter of system calls is its own too.
    func checkLimits(
        of mounts: [Volumes.Mount], layerIsLimited: Bool
    ) throws(ContainerError) {
        guard capabilities.bounding.contains("CAP_SYS_RESOURCE") else { return }
        let reason = "ext4's quota does not bind a process with CAP_SYS_RESOURCE"
        if let mount = mounts.first(where: { $0.escapes.contains(.privilege) }) {
            throw .invalidRequest(
                "the volume at \(mount.source) has a limit, and \(reason): leave --privileged out, "
                    + "or create the volume with backing=image")
        }
        guard layerIsLimited else { return }
        throw .invalidRequest(
            "the container's own files have a limit, and \(reason): leave --privileged out, or "
                + "--disk-quota when it is created")
    }
}
