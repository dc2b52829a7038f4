import ArgumentParser
import PouchAPI
import PouchClient

extension CompletionKind {
    /// Names that the daemon knows at the moment; none if it can't be asked.
    static let volumeNames = names { try await $0.volumes().volumes.map(\.name) }

    static let containerNames = names { client in
        try await client.containers(all: true).flatMap(\.names).map {
            String($0.drop { $0 == "/" })
        }
    }

    static let imageNames = names { try await $0.images().flatMap(\.repoTags) }

    static let driverNames = names { try await $0.drivers().map(\.name) }

    private static func names(
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
