import FoundationEssentials
import HTTPTypes
import NIOCore
import PouchAPI
import Volumes

/// Volumes, as Docker's clients ask for them.
struct VolumeRoutes: Sendable {
    /// Tells volumes that nobody named from others.
    static let anonymous = "com.docker.volume.anonymous"

    let volumes: VolumeManager
    let page: VolumePage

    init(_ volumes: VolumeManager) {
        self.volumes = volumes
        page = VolumePage(of: volumes)
    }

    var routes: [Route] {
        [
            Route(.get, "/volumes", list),
            Route(.post, "/volumes/create", create),
            Route(.post, "/volumes/prune", prune),
            Route(.get, "/volumes/{name...}", inspect),
            Route(.delete, "/volumes/{name...}", remove),
            Route(.get, "/drivers", drivers),
        ]
    }

    // MARK: Questions

    @Sendable private func list(_ call: Call) async throws -> Reply {
        guard call.query["filters"] != nil else { return .json(page.bytes) }
        let filter = try VolumeFilter(call.filters)
        let found = volumes.list().volumes.filter { volume in
            filter.matches(volume) { volumes.references(to: volume.name.description).isEmpty }
        }
        var bytes = ByteBuffer()
        bytes.writeList(of: found) { VolumeJSON($0, of: volumes).write(to: &$1) }
        return .json(bytes)
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        let details = try await volumes.inspect(call["name"])
        return reply(details.volume, status: details.status)
    }

    private func reply(
        _ volume: Volumes.Volume, status: [String: String] = [:],
        as code: HTTPResponse.Status = .ok
    ) -> Reply {
        var bytes = ByteBuffer()
        VolumeJSON(volume, of: volumes).write(to: &bytes, status: status)
        bytes.writeStaticString("\n")
        return .json(bytes, status: code)
    }

    @Sendable private func drivers(_ call: Call) async throws -> Reply {
        try .json(
            volumes.drivers.all.map { driver in
                DriverDescription(
                    name: driver.name, scope: driver.scope.rawValue,
                    options: driver.options.sorted { $0.name < $1.name }.map { option in
                        DriverDescription.Option(
                            name: option.name, meaning: option.meaning, default: option.default)
                    })
            })
    }

    // MARK: Actions

    @Sendable private func create(_ call: Call) async throws -> Reply {
        let asked = try await call.json(VolumeCreateRequest.self)
        let request = try VolumeRequest(asked)
        return reply(try await volumes.create(request), as: .created)
    }

    @Sendable private func remove(_ call: Call) async throws -> Reply {
        try await volumes.remove(call["name"], force: call.query.flag("force"))
        return .status(.noContent)
    }

    /// Without `all`, only volumes that nobody named; before version 1.42 of the API there was no
    /// `all`, and all were meant.
    @Sendable private func prune(_ call: Call) async throws -> Reply {
        let filters = try call.filters
        try filters.allow(["all", "label", "label!"])
        let all = try filters.flag("all") ?? (call.version < APIVersion(1, 42))
        let removed = try await volumes.prune { volume in
            let labels = volume.labels ?? [:]
            return (all || labels[Self.anonymous] != nil)
                && filters.matchLabels("label", labels)
                && (filters["label!"].isEmpty || !filters.matchLabels("label!", labels))
        }
        return try .json(
            VolumePruneResponse(deleted: removed.map(\.name.description), reclaimed: 0))
    }
}

extension VolumeRequest {
    /// An empty name or driver is as good as none.
    fileprivate init(_ asked: VolumeCreateRequest) throws(VolumeError) {
        let name = asked.name.flatMap { $0.isEmpty ? nil : $0 }
        let driver = asked.driver.flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            name: try name.map { text throws(VolumeError) in try VolumeName(text) },
            driver: driver, options: asked.options, labels: asked.labels)
        if self.name == nil {
            labels = (labels ?? [:]).merging([VolumeRoutes.anonymous: ""]) { $1 }
        }
    }
}
