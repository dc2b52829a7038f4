import ArgumentParser
import PouchAPI
import PouchClient

extension CompletionKind {
    /// Names that the daemon knows at the moment; none if it can't be asked.
    static let volumeNames = asking { try await $0.volumes().volumes.map(\.name) }

    static let containerNames = asking { client in
        try await client.containers(all: true).flatMap(\.names).map {
            String($0.drop { $0 == "/" })
        }
    }

    /// What `inspect` can show.
    static let anyNames = asking { client in
        let volumes = try await client.volumes().volumes.map(\.name)
        let containers = (try? await client.containers(all: true).flatMap(\.names)) ?? []
        return containers.map { String($0.drop { $0 == "/" }) } + volumes
    }

    static let imageNames = asking { try await $0.images().flatMap(\.repoTags) }

    static let driverNames = asking { try await $0.drivers().map(\.name) }

    static let pluginNames = asking { try await $0.volumePlugins().map(\.name) }

    private static func asking(
        _ ask: @escaping @Sendable (Client) async throws -> [String]
    ) -> CompletionKind {
        .custom { words, _, prefix in
            let daemon = DaemonOptions.named(in: words)
            guard let names = try? await ask(daemon.client) else { return [] }
            return names.filter { $0.hasPrefix(prefix) }
        }
    }
}

extension DaemonOptions {
    /// The daemon that is named among the words of a command that is still being typed.
    fileprivate static func named(in words: [String]) -> DaemonOptions {
        let mark = words.firstIndex { $0 == "-H" || $0 == "--host" }
        let options = mark.map { Array(words[$0...].prefix(2)) } ?? []
        return (try? DaemonOptions.parse(options)) ?? DaemonOptions()
    }
}
