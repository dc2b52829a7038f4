import FoundationEssentials
import Linux
import Logging
import Synchronization
import Volumes

/// Making a container: record, references and layer, image's files into empty volumes, record.
extension ContainerCore {
    func create(_ request: ContainerRequest) async throws -> Container {
        try checkNetwork(of: request)
        let image = try await runtime.image(request.image)
        let id = ContainerID(surroundings.id()) ?? .random()
        let plan = try MountPlan(
            for: request, over: image.configuration,
            inherited: inheritedMounts(request.volumesFrom ?? []), id: surroundings.id)
        // What can be refused is refused before anything is made.
        var container = try await begin(draft(request, id: id, over: image), plan)
        do {
            try await make(&container, plan, over: image)
            logger.info("container created", metadata: container.labelsForLog)
            tell(.create, container)
            return container
        } catch {
            await undoCreate(of: container)
            throw error
        }
    }

    /// The record to be; its name is taken from here on.
    private func draft(
        _ request: ContainerRequest, id: ContainerID, over image: Image
    ) throws -> Container {
        var request = request
        request.health = try health(of: request, over: image)
        let hostname = try hostname(of: request, id: id)
        let process = try Container.Process(
            for: request, over: image.configuration, hostname: hostname)
        let name = try request.name.flatMap { $0.isEmpty ? nil : $0 }.map(ContainerName.parse)
        let taken = try shelf.withLock { shelf throws(ContainerError) in
            var generator = SystemRandomNumberGenerator()
            let name = name ?? ContainerName.random(using: &generator) { shelf.isFree($0) }
            try shelf.take(name, for: id)
            return name
        }
        return Container(
            id: id, name: taken, createdAt: surroundings.now(), request: request,
            imageID: image.id, hostname: hostname, process: process,
            labels: image.configuration.labels.merging(request.labels) { $1 })
    }

    /// Records what is about to be made.
    private func begin(_ draft: Container, _ plan: MountPlan) async throws -> Container {
        var draft = draft
        do {
            draft.mounts = try await points(of: plan)
            draft.quotas = try await plannedQuotas(of: draft, plan)
            try await store.save(draft)
            surroundings.step("container.create.intended")
            return draft
        } catch {
            let name = draft.name
            shelf.withLock { [id = draft.id] in $0.drop(id, name: name) }
            throw error
        }
    }

    /// The image's word, and the request's over it.
    private func health(
        of request: ContainerRequest, over image: Image
    ) throws(ContainerError) -> HealthRequest? {
        guard let own = request.health ?? image.configuration.health else { return nil }
        let merged = image.configuration.health.map { own.over($0) } ?? own
        _ = try HealthCheck(merged)
        return merged
    }

    /// With the host's network a container has the host's name.
    private func hostname(
        of request: ContainerRequest, id: ContainerID
    ) throws(ContainerError) -> String {
        if let name = request.hostname, !name.isEmpty {
            guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/) != nil else {
                throw .invalidRequest(
                    "invalid hostname \"\(name)\": use up to 64 letters, digits, \".\" and \"-\"")
            }
            return name
        }
        guard request.network == .host, let own = Host.name else { return id.short }
        return own
    }

    /// The mount points to be, with what the host says about binds.
    private func points(of plan: MountPlan) async throws -> [MountPoint] {
        let sources = BindSource(guarded: places.guarded, usesSELinux: places.usesSELinux)
        var points: [MountPoint] = []
        for step in plan.steps {
            switch step.point.kind {
            case .bind: points.append(try await sources.prepare(step))
            case .image: points.append(try await identified(step.point))
            case .volume, .tmpfs: points.append(step.point)
            }
        }
        return points
    }

    /// A 404 for a driver would have docker's client pull the container's image.
    private func use(
        _ request: VolumeRequest, by draft: Container, at destination: String
    ) async throws -> Volume {
        do {
            return try await volumes.use(request, by: draft.owner, at: destination)
        } catch let error as VolumeError {
            guard case .unknownDriver = error else { throw error }
            throw ContainerError.invalidMount(destination, reason: "\(error)")
        }
    }

    private func make(
        _ container: inout Container, _ plan: MountPlan, over image: Image
    ) async throws {
        let draft = container
        // Before any volume is made for it.
        try await checkLayer(of: draft, over: image)
        async let layer = runtime.makeLayer(for: draft.id, over: image)
        async let filed: Void = files(of: draft.id).make(for: draft)
        for (index, step) in plan.steps.enumerated() {
            if let layer = container.mounts[index].layer {
                let shown = try await runtime.image(container.mounts[index].source)
                _ = try await runtime.makeLayer(for: layer, over: shown)
            }
            guard let request = step.volume else { continue }
            let volume = try await use(request, by: draft, at: step.point.destination)
            let subpath = step.point.subpath.map { "/\($0)" } ?? ""
            container.mounts[index].source = volumes.path(of: volume) + subpath
            container.mounts[index].driver = volume.driver
            surroundings.step("container.create.used")
        }
        try await filed
        let mounts = try await layer
        surroundings.step("container.create.layered")
        try await limit(&container, mounts)
        try await fillVolumes(of: container, from: mounts, of: image)
        surroundings.step("container.create.filled")
        container.phase = .ready
        try await save(container)
        surroundings.step("container.create.recorded")
    }

    /// Takes away all that a failed create made. What can't be taken away stays visible, to be
    /// removed later.
    private func undoCreate(of draft: Container) async {
        var left = draft
        left.phase = .removingWithVolumes
        let container = left
        do {
            try await discard(container)
        } catch {
            logger.error(
                "a failed create left something",
                metadata: container.labelsForLog.merging(["reason": "\(error)"]) { $1 })
            shelf.withLock { $0.put(container) }
        }
    }
}
