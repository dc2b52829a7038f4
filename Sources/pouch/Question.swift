import ArgumentParser

/// Asks a person before something is removed that can't be brought back.
enum Question {
    /// Returns if the answer is yes. Where there is nobody to ask, only --force goes on.
    static func confirm(_ consequence: String, unless isForced: Bool) throws {
        guard !isForced else { return }
        Console.show("\(consequence)\nGo on? [y/N] ")
        guard let answer = readLine() else {
            throw ValidationError("\(consequence) There is nobody to ask: use --force.")
        }
        guard ["y", "yes"].contains(answer.lowercased()) else {
            throw ExitCode.failure
        }
    }
}
