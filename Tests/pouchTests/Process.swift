import Subprocess

/// What a whole `pouch` process did.
struct Outcome {
    /// 128 and the signal's number if a signal ended it, as shells count.
    let status: Int32
    let out: String
    let err: String
}

/// Runs the program that the build made, as `sh` runs it.
///
/// In `script`, `"$0" "$@"` is the program with its arguments, and `$OUT` is `path`.
func pouch(
    _ arguments: String..., host: String, script: String = "exec \"$0\" \"$@\"",
    outputAt path: String = "/dev/null"
) async throws -> Outcome {
    let result = try await run(
        .name("sh"), arguments: Arguments(["-c", script, program] + arguments),
        environment: .inherit.updating(["POUCH_HOST": host, "OUT": path]),
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    let status =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    return Outcome(status: status, out: result.standardOutput, err: result.standardError)
}

/// The debug build's program, beside which these tests were built.
private let program: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/.build/debug/pouch"
}()
