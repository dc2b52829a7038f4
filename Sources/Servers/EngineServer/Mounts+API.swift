import Containers
import PouchAPI

/// Mounts as clients ask for them, and as answers tell of them.
extension RequestedMount {
    init(_ asked: MountRequest) throws(Refusal) {
        guard let kind = Kind(rawValue: asked.type) else {
            throw .unsupported(
                "mount type \"\(asked.type)\" at \(asked.target) is not supported: "
                    + "use volume, bind, tmpfs or image")
        }
        self.init(kind: kind, source: asked.source.nonEmpty, destination: asked.target)
        isReadOnly = asked.readOnly ?? false
        owners = asked.idmap.nonEmpty
        try asked.refuseOptions(otherThan: kind)
        try apply(asked.bindOptions ?? .init(), asked)
        apply(asked.volumeOptions ?? .init())
        if kind == .image { subpath = asked.imageOptions?.subpath.nonEmpty }
        size = asked.tmpfsOptions?.sizeBytes
        mode = asked.tmpfsOptions?.mode
        options = asked.tmpfsOptions?.options
    }

    private mutating func apply(
        _ options: MountRequest.BindOptions, _ asked: MountRequest
    ) throws(Refusal) {
        let reaches: [(Containers.MountPoint.Reach, Bool?)] = [
            (.none, options.nonRecursive), (.writable, options.readOnlyNonRecursive),
            (.readOnly, options.readOnlyForceRecursive),
        ]
        let chosen = reaches.filter { $0.1 == true }.map(\.0)
        guard chosen.count < 2 else {
            throw .invalid(
                "the mount at \(asked.target) says more than one of NonRecursive, "
                    + "ReadOnlyNonRecursive and ReadOnlyForceRecursive: choose one")
        }
        reach = chosen.first
        makesSource = options.createMountpoint ?? false
        guard let word = options.propagation.nonEmpty else { return }
        propagation = Containers.MountPoint.Propagation(rawValue: word)
        guard propagation == nil else { return }
        throw .invalid("invalid propagation \"\(word)\" of the mount at \(asked.target)")
    }

    private mutating func apply(_ options: MountRequest.VolumeOptions) {
        subpath = options.subpath.nonEmpty
        copiesUp = !(options.noCopy ?? false)
        volumeLabels = options.labels
        volumeDriver = options.driverConfig?.name.nonEmpty
        volumeOptions = options.driverConfig?.options
    }
}

extension MountRequest {
    fileprivate func refuseOptions(otherThan kind: RequestedMount.Kind) throws(Refusal) {
        let given: [(String, RequestedMount.Kind, Bool)] = [
            ("BindOptions", .bind, bindOptions != nil),
            ("VolumeOptions", .volume, volumeOptions != nil),
            ("TmpfsOptions", .tmpfs, tmpfsOptions != nil),
            ("ImageOptions", .image, imageOptions != nil),
        ]
        guard let (field, _, _) = given.first(where: { $0.2 && $0.1 != kind }) else { return }
        throw .unsupported(
            "\(field) is not for the \(type) mount at \(target): leave it out")
    }

    init(_ mount: RequestedMount) {
        self.init(type: mount.kind.rawValue, source: mount.source, target: mount.destination)
        readOnly = mount.isReadOnly
        idmap = mount.owners
        switch mount.kind {
        case .bind:
            var options = BindOptions()
            options.propagation = mount.propagation?.rawValue
            options.createMountpoint = mount.makesSource
            if mount.reach == Containers.MountPoint.Reach.none { options.nonRecursive = true }
            if mount.reach == .writable { options.readOnlyNonRecursive = true }
            if mount.reach == .readOnly { options.readOnlyForceRecursive = true }
            bindOptions = options
        case .volume:
            var options = VolumeOptions()
            options.noCopy = !mount.copiesUp
            options.labels = mount.volumeLabels
            options.driverConfig = .init(name: mount.volumeDriver, options: mount.volumeOptions)
            options.subpath = mount.subpath
            volumeOptions = options
        case .tmpfs:
            tmpfsOptions = TmpfsOptions(
                sizeBytes: mount.size, mode: mount.mode, options: mount.options)
        case .image:
            imageOptions = ImageOptions(subpath: mount.subpath)
        }
    }
}

extension Container {
    /// As docker shows them: what `--tmpfs` made is with the host's configuration.
    var shownMounts: [PouchAPI.MountPoint] {
        let hidden = Set((request.tmpfs ?? [:]).keys)
        return mounts.filter { $0.kind != .tmpfs || !hidden.contains($0.destination) }
            .map { PouchAPI.MountPoint($0) }
    }
}

extension PouchAPI.MountPoint {
    fileprivate init(_ mount: Containers.MountPoint) {
        self.init(
            type: mount.kind.rawValue, name: mount.name.isEmpty ? nil : mount.name,
            source: mount.source, destination: mount.destination,
            driver: mount.driver.isEmpty ? nil : mount.driver, mode: mount.mode,
            isWritable: !mount.isReadOnly,
            propagation: mount.kind == .bind ? mount.propagation.rawValue : "")
    }
}
