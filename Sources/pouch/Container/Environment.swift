import Glibc

/// The variables of a new container.
enum Environment {
    /// From the files first, so that what is typed holds.
    static func entries(given typed: [String], inFiles files: [String]) throws -> [String] {
        try files.flatMap(entries(inFile:)) + typed.compactMap(entry)
    }

    /// A name alone stands for the variable of this process; nil if it has none.
    private static func entry(_ text: String) -> String? {
        guard !text.contains("=") else { return text }
        return getenv(text).map { "\(text)=\(String(cString: $0))" }
    }

    /// One on each line; empty lines and those that begin with `#` are comments.
    private static func entries(inFile path: String) throws -> [String] {
        try NamedFile.text(at: path)
            .split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .compactMap { entry(String($0)) }
    }
}
