import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// Runs a program of the system's to its end, within a time.
public struct Tool: Sendable {
    private static let deadline = Duration.seconds(60)
    /// Bytes.
    private static let mostOutput = 16 << 20

    public struct Outcome: Sendable {
        public let isSuccess: Bool
        public let output: String
        public let errors: String
    }

    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Nil if it is not installed.
    public static func find(_ name: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    public static func run(
        _ program: String, _ arguments: [String] = [], settings: [String: String] = [:],
        input: String = ""
    ) async throws -> Outcome {
        var environment: [Environment.Key: String] = ["PATH": path]
        for (name, value) in settings { environment[Environment.Key(stringLiteral: name)] = value }
        let variables = environment
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    .path(FilePath(program)), arguments: Arguments(arguments),
                    environment: .custom(variables), workingDirectory: "/",
                    input: .string(input), output: .string(limit: mostOutput),
                    error: .string(limit: 1 << 16))
                return Outcome(
                    isSuccess: result.terminationStatus.isSuccess,
                    output: result.standardOutput, errors: result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: deadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let outcome = first else {
                throw ContainerError.runtime(
                    action: program, reason: "it did not end within a minute")
            }
            return outcome
        }
    }
}
