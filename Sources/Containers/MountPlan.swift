import Volumes

/// What a container is to see where, from all that its request and its image say.
struct MountPlan {
    /// One mount to be: the record without what only the world can say, and how to make its
    /// volume if there is none.
    struct Step: Hashable, Sendable {
        var point: MountPoint
        /// Nil for what is no volume.
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
    let id: () -> String

    /// `id` names anonymous volumes; `inherited` are other containers' mounts, those that count
    /// most last.
    ///
    /// What is asked for by its destination comes before what other containers have there, and
    /// that before anonymous volumes, the image's last.
    init(
        for request: ContainerRequest, over image: ImageConfiguration,
        inherited: [MountPoint] = [], id: @escaping () -> String
    ) throws(ContainerError) {
        driver = request.volumeDriver
        self.id = id
        let others = Set(inherited.map(\.destination))
        for text in request.binds {
            let bind = try BindSpecification(text)
            guard bind.source != .anonymous || !others.contains(bind.destination) else { continue }
            try add(bind, as: text)
        }
        for mount in request.mounts { try add(mount) }
        for (path, options) in (request.tmpfs ?? [:]).sorted(by: { $0.key < $1.key }) {
            try addMemory(at: path, options)
        }
        for point in inherited.reversed() { inherit(point) }
        for path in request.volumes.sorted() { try addAnonymous(at: path) }
        for path in image.volumes.sorted() { try addAnonymous(at: path) }
        steps.sort { Self.order($0.point.destination) < Self.order($1.point.destination) }
        try agree()
    }

    /// What several mounts say of one volume counts together, for whichever of them comes to make
    /// it.
    private mutating func agree() throws(ContainerError) {
        var requests: [VolumeName: VolumeRequest] = [:]
        for step in steps {
            guard let request = step.volume, let name = request.name else { continue }
            do {
                requests[name] = try requests[name]?.joined(with: request) ?? request
            } catch {
                throw .invalidMount(step.point.destination, reason: error.reason)
            }
        }
        for index in steps.indices {
            steps[index].volume = steps[index].volume?.name.flatMap { requests[$0] }
        }
    }

    /// Parents first; those at one depth by name, so that the order is always the same.
    private static func order(_ path: String) -> (Int, String) {
        (path.utf8.count { $0 == UInt8(ascii: "/") }, path)
    }

    private mutating func add(
        _ bind: BindSpecification, as text: String
    ) throws(ContainerError) {
        do {
            try add(try step(for: bind))
        } catch let error as BadMount {
            throw .invalidMount(text, reason: error.reason)
        } catch let error as ContainerError {
            throw error
        } catch {
            throw .invalidMount(text, reason: "\(error)")
        }
    }

    private func step(for bind: BindSpecification) throws -> Step {
        let mode = bind.mode
        func point(_ kind: MountPoint.Kind, name: String = "", source: String = "") -> MountPoint {
            var point = MountPoint(
                kind: kind, name: name, source: source, destination: bind.destination,
                mode: mode.text, isReadOnly: mode.isReadOnly,
                propagation: mode.propagation ?? .rprivate,
                isAnonymous: bind.source == .anonymous,
                copiesUp: kind == .volume && mode.copiesUp)
            point.owners = mode.owners
            return point
        }
        var step: Step
        switch bind.source {
        case .host(let path):
            if let replacement = mode.replacement {
                throw BadMount(
                    "mode \(replacement.rawValue) is for volumes: leave it out, or name a volume")
            }
            step = Step(point: point(.bind, source: path), makesSource: true)
        case .volume(let name):
            step = Step(
                point: point(.volume, name: name.description),
                volume: VolumeRequest(name: name, driver: driver))
        case .anonymous:
            let name = id()
            step = Step(point: point(.volume, name: name), volume: try anonymous(name))
        }
        step.point.subpath = try mode.replacement.map { replacement in
            try Subpath(replacement == .direct ? String(bind.destination.dropFirst()) : id())
        }
        step.point.makesSubpath = mode.replacement == nil ? nil : true
        step.choosesPropagation = mode.propagation != nil
        return step
    }

    mutating func add(_ step: Step) throws(ContainerError) {
        guard taken.insert(step.point.destination).inserted else {
            throw .duplicateMount(step.point.destination)
        }
        steps.append(step)
    }

    /// A path that is taken already keeps what it has.
    private mutating func addAnonymous(at path: String) throws(ContainerError) {
        let destination = try destination(path)
        guard taken.insert(destination).inserted else { return }
        let name = id()
        let point = MountPoint(
            kind: .volume, name: name, destination: destination, isAnonymous: true, copiesUp: true)
        steps.append(Step(point: point, volume: try anonymous(name)))
    }

    private mutating func addMemory(at path: String, _ text: String) throws(ContainerError) {
        do {
            let options = try MemoryOptions(text)
            var point = MountPoint(
                kind: .tmpfs, destination: try BindSpecification.destination(path), mode: text,
                isReadOnly: options.isReadOnly)
            point.options = options.options
            try add(Step(point: point))
        } catch let error as BadMount {
            throw .invalidMount(path, reason: error.reason)
        } catch let error as ContainerError {
            throw error
        } catch {
            throw .invalidMount(path, reason: "\(error)")
        }
    }

    private func destination(_ path: String) throws(ContainerError) -> String {
        do {
            return try BindSpecification.destination(path)
        } catch {
            throw .invalidMount(path, reason: error.reason)
        }
    }

    /// Takes over another container's mount, if nothing else is to be there.
    private mutating func inherit(_ point: MountPoint) {
        guard taken.insert(point.destination).inserted else { return }
        var step = Step(point: point, choosesPropagation: point.propagation != .rprivate)
        if point.kind == .volume, let name = try? VolumeName(point.name) {
            step.volume = VolumeRequest(name: name)
        }
        if point.kind == .image { step.point.layer = ContainerID(id()) }
        steps.append(step)
    }

    /// Docker's label tells anonymous volumes from others, for those who prune.
    func anonymous(
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

    func request(
        for name: VolumeName, _ mount: RequestedMount, isAnonymous: Bool
    ) throws(ContainerError) -> VolumeRequest {
        guard isAnonymous else {
            return VolumeRequest(
                name: name, driver: mount.volumeDriver ?? driver, options: mount.volumeOptions,
                labels: mount.volumeLabels)
        }
        return try anonymous(
            name.description, driver: mount.volumeDriver, options: mount.volumeOptions,
            labels: mount.volumeLabels)
    }
}

extension VolumeRequest {
    /// What both say; throws if they disagree.
    fileprivate func joined(with other: VolumeRequest) throws(BadMount) -> VolumeRequest {
        var whole = self
        if let driver, let another = other.driver, driver != another {
            throw contradiction("driver", driver, another)
        }
        whole.driver = driver ?? other.driver
        whole.options = try joined(options, other.options, "option")
        whole.labels = try joined(labels, other.labels, "label")
        return whole
    }

    private func joined(
        _ some: [String: String]?, _ more: [String: String]?, _ kind: String
    ) throws(BadMount) -> [String: String]? {
        guard var whole = some else { return more }
        for (key, value) in (more ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let known = whole.updateValue(value, forKey: key), known != value {
                throw contradiction("\(kind) \(key)", known, value)
            }
        }
        return whole
    }

    private func contradiction(_ what: String, _ one: String, _ other: String) -> BadMount {
        BadMount(
            "\(what) of volume \(name?.description ?? "") is \"\(one)\" at another mount, not "
                + "\"\(other)\": say the same, or say it once")
    }
}
