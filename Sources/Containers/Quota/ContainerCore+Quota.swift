import Linux
import Volumes

/// Limits on what a container fills: its own layer, and volumes that have none themselves.
extension ContainerCore {
    private static let seconds = 60

    /// What is to be limited, from what is asked and what the container would see; refuses what
    /// can't be, before anything is made.
    func plannedQuotas(
        of container: Container, _ plan: MountPlan
    ) async throws -> [LayerQuota]? {
        guard let quota = container.request.diskQuota else { return nil }
        var parts = [QuotaPlan.layer: QuotaPlan.Part.limitable]
        for step in plan.steps where step.point.destination != QuotaPlan.layer {
            parts[step.point.destination] = try await part(step, of: container, isShared: false)
        }
        let quotas = try QuotaPlan(quota, parts: parts).quotas
        let shared = Set(quotas.filter(\.isOurs).flatMap(\.places))
        for step in plan.steps where shared.contains(step.point.destination) {
            parts[step.point.destination] = try await part(step, of: container, isShared: true)
        }
        return try QuotaPlan(quota, parts: parts).quotas
    }

    private func part(
        _ step: MountPlan.Step, of container: Container, isShared: Bool
    ) async throws -> QuotaPlan.Part {
        switch step.point.kind {
        case .bind: return .excluded("it is the host's; use a volume with mount= and size=")
        case .tmpfs: return .excluded("it is memory; give it a size there")
        case .image: return .excluded("nothing can be written to an image")
        case .volume: break
        }
        guard step.point.subpath == nil, let request = step.volume else {
            return .excluded("it is a part of a volume; limit the volume")
        }
        switch try await volumes.confinability(
            of: request, for: container.owner, isShared: isShared)
        {
        case .possible: return .limitable
        case .needless: return .excluded("volume \(step.point.name) has a size of its own")
        case .impossible(let reason): return .impossible("volume \(step.point.name): \(reason)")
        }
    }

    /// Refuses a container whose own layer is to be limited where it can't be.
    func checkLayer(of container: Container, over image: Image) async throws {
        guard
            let quota = container.quotas?.first(where: { $0.places.contains(QuotaPlan.layer) })
        else { return }
        let directories = try await runtime.makeLayer(for: container.id, over: image).directories
        try await Blocking.run("look at a layer", seconds: Self.seconds) {
            try Self.checkGround(directories, quota)
        }
    }

    /// Makes all limits hold, before anything is written; each id is on record before anything
    /// carries it.
    func limit(_ container: inout Container, _ layer: [LayerMount]) async throws {
        guard let planned = container.quotas else { return }
        let directories = layer.directories
        var quotas: [LayerQuota] = []
        do {
            for quota in planned {
                quotas.append(try await numbered(quota, of: container, directories))
            }
            container.quotas = quotas
            try await store.save(container)
        } catch {
            for quota in quotas { quota.project.map { projects.giveBack($0) } }
            container.quotas = planned
            throw error
        }
        surroundings.step("container.create.numbered")
        for quota in quotas { try await apply(quota, to: container, directories) }
        surroundings.step("container.create.limited")
    }

    /// Chooses the project that the limit is on.
    private func numbered(
        _ quota: LayerQuota, of container: Container, _ directories: [String]
    ) async throws -> LayerQuota {
        guard quota.isOurs else { return quota }
        let paths = try quota.places.flatMap { place in
            guard place != QuotaPlan.layer else { return directories }
            guard let point = container.mounts.first(where: { $0.destination == place }) else {
                return [String]()
            }
            return [volumes.path(of: try volumes.volume(point.name))]
        }
        let identity = container.request.diskQuota?.identity
        let (project, ground) = try await Blocking.run(
            "choose a project for \(container.name)", seconds: Self.seconds
        ) { [projects] in
            try Self.checkGround(paths, quota)
            let ground = (paths.first ?? "/").parentDirectory.parentDirectory
            let place = try OpenFile(ground, for: .directory, following: true)
            guard case .given(let id) = identity else {
                return (try projects.take(on: place), ground)
            }
            guard try projects.take(id, on: place) else {
                throw ContainerError.invalidRequest(
                    "quota id \(id) is in use, by another container, a volume, or on the disk: give "
                        + "another, or -1 to have one chosen")
            }
            return (id, ground)
        }
        var numbered = quota
        numbered.project = project
        numbered.ground = ground
        return numbered
    }

    /// A limit is one filesystem's, and only one that limits projects has it.
    private static func checkGround(_ paths: [String], _ quota: LayerQuota) throws {
        var devices: Set<UInt64> = []
        for path in paths {
            let place = try OpenFile(path, for: .directory, following: true)
            devices.insert(try place.status().device)
            guard place.projectQuotaState == .enforcing else {
                throw ContainerError.invalidRequest(
                    "disk-quota can't limit \(quota.places.joined(separator: ", ")): \(path) lies on "
                        + "\(try place.filesystemDescription()), which does not hold limits; keep "
                        + "pouchd's --home-dir on ext4 or xfs mounted with prjquota")
            }
        }
        guard devices.count == 1 else {
            throw ContainerError.invalidRequest(
                "disk-quota can't limit \(quota.places.joined(separator: " and ")) together: they lie "
                    + "on different filesystems; limit each by itself")
        }
    }

    private func apply(
        _ quota: LayerQuota, to container: Container, _ directories: [String]
    ) async throws {
        if quota.places.contains(QuotaPlan.layer) {
            try await Self.limit(directories, quota)
        }
        for point in container.volumePoints where quota.places.contains(point.destination) {
            try await volumes.confine(
                VolumeName(point.name),
                by: Confinement(
                    owner: container.owner, size: ByteCount(bytes: quota.size),
                    project: quota.project))
        }
    }

    private static func limit(_ directories: [String], _ quota: LayerQuota) async throws {
        guard let id = quota.project else { return }
        try await Blocking.run("limit a container's layer", stalledFor: seconds) { pulse in
            for path in directories {
                let root = try OpenFile(path, for: .directory, following: true)
                guard root.projectQuotaState == .enforcing else {
                    throw ContainerError.invalidRequest(
                        "the container's disk-quota does not hold: mount "
                            + "\(try root.filesystemDescription()) with prjquota")
                }
                let project = try root.project()
                if project.id != id || !project.isInherited {
                    try Tree.move(root, from: project.id, to: id, pulse: pulse)
                }
                try root.limitProject(id, bytes: UInt64(quota.size), inodes: 0)
            }
            // What is acknowledged to be counted must be after a power cut.
            if let path = directories.first {
                try OpenFile(path, for: .directory, following: true).syncFilesystem()
            }
        }
    }

    // MARK: Start

    /// Sees to it that the limit on the layer holds, whatever a power cut took; says what could get
    /// past it.
    func limitAgain(
        _ container: Container, over image: Image
    ) async throws -> Set<Volumes.Mount.Escape> {
        guard
            let quota = container.quotas?.first(where: { $0.places.contains(QuotaPlan.layer) })
        else { return [] }
        let directories = try await runtime.makeLayer(for: container.id, over: image).directories
        try await Self.limit(directories, quota)
        return try await Blocking.run("look at a layer", seconds: Self.seconds) {
            let path = directories.first ?? "/"
            let isOnExt4 = try OpenFile(path, for: .directory, following: true).isOnExt4
            return isOnExt4 ? [.uncounting, .privilege] : [.uncounting]
        }
    }

    // MARK: End

    /// Gives volumes back as they were, as long as nobody else may have them.
    func unlimitVolumes(of container: Container) async throws {
        for quota in container.quotas ?? [] {
            for point in container.volumePoints where quota.places.contains(point.destination) {
                try await volumes.unconfine(VolumeName(point.name), from: container.owner)
            }
        }
    }

    /// Takes the limits away and lets others have the ids, once nothing carries them.
    func giveBackProjects(of container: Container) async {
        for quota in container.quotas ?? [] {
            guard let id = quota.project, let ground = quota.ground else { continue }
            await attempt("take its disk-quota away", of: container) {
                try await Blocking.run("unlimit project \(id)", seconds: Self.seconds) {
                    let place = try OpenFile(ground, for: .directory, following: true)
                    guard place.projectQuotaState != .absent else { return }
                    try place.limitProject(id, bytes: 0, inodes: 0)
                }
            }
            // Whoever takes it next looks whether anything is counted in it.
            projects.giveBack(id)
        }
    }
}

extension [LayerMount] {
    /// What is written to: an overlay's upper directory and the one that it works in, else the
    /// layer's only directory.
    fileprivate var directories: [String] {
        guard let last else { return [] }
        let named = ["upperdir=", "workdir="].compactMap { key in
            last.options.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
        }
        return named.isEmpty ? [last.source] : named
    }
}

extension String {
    fileprivate var parentDirectory: String {
        "/" + split(separator: "/").dropLast().joined(separator: "/")
    }
}
