import TestSupport

/// What a program did, all of it, until it ended.
struct Finished: Sendable, CustomStringConvertible {
    let words: [String]
    /// Below zero for a signal.
    let status: Int32
    let bytes: [UInt8]
    let errors: String

    var output: String { String(decoding: bytes, as: UTF8.self) }

    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// What it printed, without the last newline; throws unless it ended well.
    var said: String {
        get throws {
            guard status == 0 else { throw TestFailure(description) }
            return output.hasSuffix("\n") ? String(output.dropLast()) : output
        }
    }

    var description: String {
        """
        \(words.joined(separator: " ")) ended with \(status)
        stdout: \(output.prefix(4000))
        stderr: \(errors.prefix(4000))
        """
    }
}
