import FoundationEssentials

/// What is written after `-v`: `[source:]destination[:mode]`.
enum Bind {
    /// As the daemon reads them: each once, with paths relative to here made absolute.
    static func all(
        _ typed: [String], in directory: String = FileManager.default.currentDirectoryPath
    ) -> [String] {
        var seen: Set<String> = []
        return typed.map { absolute($0, in: directory) }.filter { seen.insert($0).inserted }
    }

    /// Only what begins with `.` or `..` is a path: any other word is a volume's name.
    private static func absolute(_ bind: String, in directory: String) -> String {
        let source = bind.prefix { $0 != ":" }
        let first = source.prefix { $0 != "/" }
        guard source.count < bind.count, first == "." || first == ".." else { return bind }
        return standardized(directory + "/" + source) + bind.dropFirst(source.count)
    }

    /// A source alone, as `--mount` has it.
    static func source(
        _ source: String, in directory: String = FileManager.default.currentDirectoryPath
    ) -> String {
        let first = source.prefix { $0 != "/" }
        return first == "." || first == ".." ? standardized(directory + "/" + source) : source
    }

    private static func standardized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
