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
            Route(.get, "/volumes/{name}/usage", usage),
            Route(.get, "/volumes/{name}/progress", progress),
            Route(.post, "/volumes/{name}/update", update),
            Route(.get, "/volumes/{name...}", inspect),
            Route(.delete, "/volumes/{name...}", remove),
            Route(.get, "/drivers", drivers),
        ]
    }

    // MARK: Questions

    @Sendable private func list(_ call: Call) async throws -> Reply {
        let isMeasured = call.query.flag("usage")
        let filter = try call.query["filters"].map { _ in try VolumeFilter(call.filters) }
        let survey = await volumes.survey()
        if filter == nil, survey == nil, !isMeasured { return .json(page.bytes) }
        var found = survey?.volumes ?? volumes.list().volumes
        if let filter {
            found = found.filter { volume in
                filter.matches(volume) { volumes.references(to: volume.name.description).isEmpty }
            }
        }
        var bytes = ByteBuffer()
        let usage = isMeasured ? await volumes.usage(of: found) : [:]
        bytes.writeList(of: found, warnings: survey?.warnings ?? []) { volume, bytes in
            VolumeJSON(volume, of: volumes).write(
                to: &bytes, usage: isMeasured ? (users(of: volume), usage[volume.id]) : nil)
        }
        return .json(bytes)
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        let isMeasured = call.query.flag("usage")
        let details = try await volumes.inspect(call["name"], walking: isMeasured)
        return reply(details.volume, status: isMeasured ? details.status : details.told)
    }

    @Sendable private func usage(_ call: Call) async throws -> Reply {
        let (volume, usage) = try await volumes.usage(of: call["name"])
        return try .json(
            UsageData(
                usage, references: users(of: volume)))
    }

    @Sendable private func progress(_ call: Call) async throws -> Reply {
        guard let files = volumes.progress(ofMaking: call["name"]) else {
            throw Refusal.notFound("volume \(call["name"]) is not being made now")
        }
        return try .json(VolumeProgress(files: files))
    }

    private func users(of volume: Volumes.Volume) -> Int {
        Set(volumes.references(to: volume.name.description).map(\.owner)).count
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

    @Sendable private func update(_ call: Call) async throws -> Reply {
        let asked = try await call.json(VolumeUpdateRequest.self)
        let size = asked.size.flatMap { $0.isEmpty ? nil : $0 }
        guard size != nil || asked.inodes != nil else {
            throw Refusal.invalid(
                "nothing to change: give Size, such as \"20G\" or \"+5G\", or Inodes")
        }
        if let inodes = asked.inodes, !(16...Int64(UInt32.max)).contains(inodes) {
            throw Refusal.invalid(
                "invalid Inodes \(inodes): give a number from 16 to \(UInt32.max)")
        }
        let resized = try await volumes.resize(
            call["name"], size: try size.map(SizeChange.init), inodes: asked.inodes)
        return reply(resized)
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

extension VolumeDetails {
    /// What everybody is told. Docker's clients compare what create, inspect and list say of a plain
    /// local volume, so how full it is goes to those who ask for it.
    fileprivate var told: [String: String] {
        let hasTrouble = status["State"] != nil || status["Error"] != nil
        let isPlain = volume.driver == Drivers.default && volume.options == nil
        return isPlain && !hasTrouble ? [:] : status
    }
}
