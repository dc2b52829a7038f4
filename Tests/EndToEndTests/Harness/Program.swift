import Subprocess
import SystemPackage
import TestSupport

/// A program that is run to its end, in good time.
enum Program {
    static func run(
        _ words: [String], input: [UInt8] = [], settings: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        try await withThrowingTaskGroup(of: Finished?.self) { group in
            group.addTask { try await end(of: words, input, settings) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let finished = first else {
                throw TestFailure("\(words.joined(separator: " ")): not ended after \(limit)")
            }
            return finished
        }
    }

    /// Runs a shell script that must succeed; returns what it printed.
    @discardableResult
    static func shell(
        _ script: String, _ arguments: String..., settings: [String: String] = [:]
    ) async throws -> String {
        try await run(
            ["/bin/bash", "-euc", "-o", "pipefail", script, "bash"] + arguments, settings: settings
        ).said
    }

    private static func end(
        of words: [String], _ input: [UInt8], _ settings: [String: String]
    ) async throws -> Finished {
        let all = Daemon.environment.merging(settings) { $1 }
        let result = try await Subprocess.run(
            .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(
                Dictionary(
                    all.map { (Environment.Key(stringLiteral: $0.key), $0.value) },
                    uniquingKeysWith: { $1 })),
            workingDirectory: "/",
            input: .array(input), output: .bytes(limit: 64 << 20), error: .bytes(limit: 64 << 20))
        let status: Int32
        switch result.terminationStatus {
        case .exited(let code): status = code
        case .signaled(let signal): status = -signal
        }
        return Finished(
            words: words, status: status, bytes: result.standardOutput,
            errors: String(decoding: result.standardError, as: UTF8.self))
    }
}
