import Volumes

/// What a container is to see where, from all that its request and its image say.
struct MountPlan {
    /// One mount to be: the record without what only the world can say, and how to make its
    /// volume if there is none.
    struct Step: Hashable, Sendable {
        var point: MountPoint
        /// Nil for a bind.
        var volume: VolumeRequest?
        /// Whether a bind's source is made if it isn't there.
        var makesSource = false
        /// Whether the user chose the propagation.
        var choosesPropagation = false
    }

    /// Sorted so that a mount comes after those that it lies in.
    private(set) var steps: [Step] = []
    private var taken: Set<String> = []
    private let driver: String?
    private let id: () -> String

    /// `id` names anonymous volumes.
    init(
        for request: ContainerRequest, over image: ImageConfiguration, id: @escaping () -> String
    ) throws(ContainerError) {
        driver = request.volumeDriver
        self.id = id
        for text in request.binds { try add(BindSpecification(text), as: text) }
        for mount in request.mounts { try add(mount) }
        for path in request.volumes.sorted() { try addAnonymous(at: path) }
        for path in image.volumes.sorted() { try addAnonymous(at: path) }
        steps.sort { Self.order($0.point.destination) < Self.order($1.point.destination) }
    }

    /// Parents first; those at one depth by name, so that the order is always the same.
    private static func order(_ path: String) -> (Int, String) {
        (path.utf8.count { $0 == UInt8(ascii: "/") }, path)
    }

    private mutating func add(
        _ bind: BindSpecification, as text: String
    ) throws(ContainerError) {
        let mode = bind.mode
        func point(_ kind: MountPoint.Kind, name: String = "", source: String = "") -> MountPoint {
            MountPoint(
                kind: kind, name: name, source: source, destination: bind.destination,
                mode: mode.text, isReadOnly: mode.isReadOnly,
                propagation: mode.propagation ?? .rprivate,
                isAnonymous: bind.source == .anonymous,
                copiesUp: kind == .volume && mode.copiesUp)
        }
        var step: Step
        switch bind.source {
        case .host(let path):
            step = Step(point: point(.bind, source: path), makesSource: true)
        case .volume(let name):
            step = Step(
                point: point(.volume, name: name.description),
                volume: VolumeRequest(name: name, driver: driver))
        case .anonymous:
            let name = id()
            step = Step(point: point(.volume, name: name), volume: try anonymous(name))
        }
        step.choosesPropagation = mode.propagation != nil
        try add(step)
    }

    private mutating func add(_ step: Step) throws(ContainerError) {
        guard taken.insert(step.point.destination).inserted else {
            throw .duplicateMount(step.point.destination)
        }
        steps.append(step)
    }

    /// A path that is taken already keeps what it has.
    private mutating func addAnonymous(at path: String) throws(ContainerError) {
        let destination: String
        do {
            destination = try BindSpecification.destination(path)
        } catch {
            throw .invalidMount(path, reason: error.reason)
        }
        guard taken.insert(destination).inserted else { return }
        let name = id()
        let point = MountPoint(
            kind: .volume, name: name, destination: destination, isAnonymous: true, copiesUp: true)
        steps.append(Step(point: point, volume: try anonymous(name)))
    }

    /// Docker's label tells anonymous volumes from others, for those who prune.
    private func anonymous(
        _ name: String, driver: String? = nil, options: [String: String]? = nil,
        labels: [String: String]? = nil
    ) throws(ContainerError) -> VolumeRequest {
        do {
            return VolumeRequest(
                name: try VolumeName(name), driver: driver ?? self.driver, options: options,
                labels: (labels ?? [:]).merging(["com.docker.volume.anonymous": ""]) { $1 })
        } catch {
            throw .invalidRequest("\(error)")
        }
    }
}

// MARK: - Mounts asked for part by part

extension MountPlan {
    private mutating func add(_ mount: RequestedMount) throws(ContainerError) {
        do {
            switch mount.kind {
            case .bind: try addBind(mount)
            case .volume: try addVolume(mount)
            }
        } catch let error as BadMount {
            throw .invalidMount(mount.destination, reason: error.reason)
        } catch let error as ContainerError {
            throw error
        } catch {
            throw .invalidMount(mount.destination, reason: "\(error)")
        }
    }

    private mutating func addBind(_ mount: RequestedMount) throws {
        guard let source = mount.source, source.hasPrefix("/"), !source.utf8.contains(0) else {
            throw BadMount("a bind needs an absolute path of the host for its source")
        }
        let point = MountPoint(
            kind: .bind, source: source.cleanedPath,
            destination: try BindSpecification.destination(mount.destination),
            isReadOnly: mount.isReadOnly, propagation: mount.propagation ?? .rprivate)
        try add(
            Step(
                point: point, makesSource: mount.makesSource,
                choosesPropagation: mount.propagation != nil))
    }

    private mutating func addVolume(_ mount: RequestedMount) throws {
        let source = mount.source.flatMap { $0.isEmpty ? nil : $0 }
        let name = try VolumeName(source ?? id())
        let point = MountPoint(
            kind: .volume, name: name.description,
            destination: try BindSpecification.destination(mount.destination),
            isReadOnly: mount.isReadOnly, propagation: mount.propagation ?? .rprivate,
            isAnonymous: source == nil, copiesUp: mount.copiesUp)
        var request = VolumeRequest(
            name: name, driver: mount.volumeDriver ?? driver, options: mount.volumeOptions,
            labels: mount.volumeLabels)
        if source == nil {
            request = try anonymous(
                name.description, driver: mount.volumeDriver, options: mount.volumeOptions,
                labels: mount.volumeLabels)
        }
        try add(
            Step(
                point: point, volume: request, choosesPropagation: mount.propagation != nil))
    }
}
