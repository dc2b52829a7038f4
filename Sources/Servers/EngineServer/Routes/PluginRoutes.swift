import HTTPTypes
import PouchAPI
import Volumes

/// Plugins that keep volumes for us, and uses whose owners have gone: ours alone.
struct PluginRoutes: Sendable {
    let volumes: VolumeManager

    init(_ volumes: VolumeManager) {
        self.volumes = volumes
    }

    var routes: [Route] {
        [
            Route(.get, "/volume-plugins", list),
            Route(.get, "/volume-plugins/{name}", inspect),
            Route(.post, "/volumes/{name}/detach", detach),
        ]
    }

    private var all: [VolumePlugin] { volumes.plugins.map(VolumePlugin.init) }

    @Sendable private func list(_ call: Call) async throws -> Reply { try .json(all) }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        guard let plugin = all.first(where: { $0.name == call["name"] }) else {
            throw Refusal.noPlugin(call["name"], known: all.map(\.name))
        }
        return try .json(plugin)
    }

    @Sendable private func detach(_ call: Call) async throws -> Reply {
        let owner = call.query["from"].flatMap { $0.isEmpty ? nil : $0 }
        let taken = try await volumes.detach(
            call["name"], from: owner, force: call.query.flag("force"))
        return try .json(
            VolumeDetachResponse(
                detached: taken.uses.map {
                    .init(owner: $0.owner.id, kind: $0.owner.kind.rawValue)
                }, takenOver: taken.host))
    }
}

extension VolumePlugin {
    fileprivate init(_ report: PluginReport, volumes: Int) {
        self.init(
            name: report.name, file: report.file, address: report.address,
            health: report.health.rawValue, scope: report.scope.rawValue, volumes: volumes,
            lastError: report.lastError, lastErrorAt: report.lastErrorAt.map(Timestamp.seconds))
    }
}
