import Linux
public import Volumes

/// Limits that containers put on volumes which have none: on the volume's own project or
/// subvolume, or, where several things are limited together, on the container's project.
extension LocalDriver: Confining {
    private static let confiner = "confined-by"
    /// The project that the volume is counted in when it is by itself.
    private static let ownProject = "own-project"

    public func confiner(of volume: Volume) -> String? { volume.handle[Self.confiner] }

    /// Projects that are the volume's, whether it is counted there now or will be again.
    static func projects(of volume: Volume) -> [UInt32] {
        [Backing(of: volume).project, volume.handle[ownProject].flatMap(UInt32.init)]
            .compactMap(\.self)
    }

    /// Whether the volume is counted in a container's project, together with other things.
    static func sharesProject(_ volume: Volume) -> Bool { volume.handle[ownProject] != nil }

    public func confinability(
        of volume: Volume, for owner: Owner, isShared: Bool
    ) async throws -> Confinability {
        guard !isDevice(volume) else {
            return .impossible("it is what type= and device= mount: limit that on the host")
        }
        if volume.phase == .creating { return try await confinability(ofWished: volume, isShared) }
        if let holder = confiner(of: volume) {
            return .impossible(
                "container \(holder.prefix(12)) limits it already: remove that one first, or "
                    + "create the volume with size=")
        }
        if Limits(of: volume) != Limits() { return .needless }
        guard given(volume) == nil else { return Self.isGiven }
        let kind: Choice.Kind =
            switch Backing(of: volume) {
            case .directory: .directory
            case .project: .project
            case .subvolume: .subvolume
            case .image(let filesystem): .image(filesystem)
            }
        return try await confinability(of: kind, isShared)
    }

    private static let isGiven = Confinability.impossible(
        "it is a directory of yours: create the volume with mount= and size=")

    private func confinability(
        ofWished volume: Volume, _ isShared: Bool
    ) async throws -> Confinability {
        let options = try LocalOptions(volume.options ?? [:], usualSize: usualSize)
        if options.limits != Limits() { return .needless }
        guard options.mount == nil else { return Self.isGiven }
        let choice = try await calls.run("look at \(directory)", on: directory) {
            try Choice(for: options, on: Ground(under: OpenFile(directory, for: .directory)))
        }
        return try await confinability(of: choice.kind, isShared)
    }

    private func confinability(
        of kind: Choice.Kind, _ isShared: Bool
    ) async throws -> Confinability {
        switch kind {
        case .image: return .needless
        case .subvolume where isShared:
            return .impossible("btrfs limits each volume by itself: limit it so, by its path")
        case .subvolume, .project, .directory: break
        }
        return try await calls.run("look at \(directory)", on: directory) {
            let ground = try Ground(under: OpenFile(directory, for: .directory))
            switch (kind, ground) {
            case (.project, .projects(true, _)), (.subvolume, .btrfs(true, _)): return .possible
            default:
                return .impossible(
                    "its filesystem does not hold limits"
                        + (ground.hint.map { ": \($0)" }
                            ?? "; create the volume with size=, which makes it an image"))
            }
        }
    }

    public func confined(_ volume: Volume, by confinement: Confinement) -> [String: String] {
        var handle = volume.handle
        handle[Self.confiner] = confinement.owner.id
        handle["size"] = "\(confinement.size.bytes)"
        guard let project = confinement.project, let own = Backing(of: volume).project,
            own != project
        else { return handle }
        handle[Self.ownProject] = "\(own)"
        handle["project"] = "\(project)"
        return handle
    }

    public func confine(_ volume: Volume) async throws {
        let path = path(of: volume)
        try await calls.run("limit volume \(volume.name)", on: path, stalledFor: 60) { pulse in
            let root = try place(of: volume).check()
            let limits = Limits(of: volume)
            guard let id = Backing(of: volume).project else {
                try confineSubvolume(root, to: limits)
                return
            }
            if let own = volume.handle[Self.ownProject].flatMap(UInt32.init) {
                try Tree.move(root, from: own, to: id, pulse: pulse)
                // What is acknowledged to be counted must be after a power cut.
                try root.syncFilesystem()
            }
            if let excess = try excess(of: limits, over: root.projectQuota(of: id)) {
                throw holdsMore(limits, excess)
            }
            try limit(project: id, to: limits, on: root)
        }
    }

    private func confineSubvolume(_ root: OpenFile, to limits: Limits) throws {
        let id = try root.subvolumeID()
        try root.syncFilesystem()
        let used = try root.usage(ofSubvolume: id).used
        let size = UInt64(limits.size?.bytes ?? 0)
        guard used <= size else {
            throw holdsMore(limits, "\(ByteCount(bytes: Int64(clamping: used)))")
        }
        try root.limitSubvolume(id, bytes: size)
    }

    private func holdsMore(_ limits: Limits, _ excess: String) -> VolumeError {
        .invalidOption(
            "disk-quota", value: limits.size?.description ?? "",
            reason: "what it is to limit has more already: \(excess)")
    }

    public func unconfine(_ volume: Volume) async throws -> [String: String] {
        let path = path(of: volume)
        try await calls.run("unlimit volume \(volume.name)", on: path, stalledFor: 60) { pulse in
            let root = try place(of: volume).check()
            guard let id = Backing(of: volume).project else {
                return try root.limitSubvolume(try root.subvolumeID(), bytes: 0)
            }
            guard let own = volume.handle[Self.ownProject].flatMap(UInt32.init) else {
                return try limit(project: id, to: Limits(), on: root)
            }
            try Tree.move(root, from: id, to: own, pulse: pulse)
            try root.syncFilesystem()
        }
        var handle = volume.handle
        if let own = handle.removeValue(forKey: Self.ownProject) { handle["project"] = own }
        handle["size"] = nil
        handle[Self.confiner] = nil
        return handle
    }

    /// A limit that a container gave is the container's to change.
    func refuseConfined(_ volume: Volume, _ limits: Limits) throws(VolumeError) {
        guard let holder = confiner(of: volume) else { return }
        throw .invalidOption(
            limits.size == nil ? "inodes" : "size",
            value: limits.size?.description ?? "\(limits.inodes ?? 0)",
            reason: "container \(holder.prefix(12)) limits volume \(volume.name) with its "
                + "disk-quota; remove the container first")
    }
}
