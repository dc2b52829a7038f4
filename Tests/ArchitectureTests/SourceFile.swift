import FoundationEssentials
import Linux
import SystemPackage

/// A Swift file of the project.
struct SourceFile: CustomStringConvertible {
    /// Seen from `Package.swift`.
    let path: String
    let lines: [String]

    var description: String { path }

    /// Every Swift file under a folder that is given as seen from `Package.swift`.
    static func all(in folder: String) throws -> [SourceFile] {
        let base = PackageMap.root.appending(folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.string)
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = try OpenFile.text(at: base.appending(path).string)
            return SourceFile(
                path: "\(folder)/\(path)",
                lines: text.split(omittingEmptySubsequences: false) {
                    $0.isNewline
                }.map(String.init))
        }
    }

    /// Those that people wrote and that ship.
    static func ours() throws -> [SourceFile] {
        try all(in: "Sources").filter { !$0.path.hasPrefix("Sources/Generated/") }
    }

    /// The modules that it imports.
    var imports: Set<String> {
        Set(
            lines.lazy.filter { $0.contains("import ") }.compactMap { line in
                line.firstMatch(of: Self.importLine).map { String($0.1) }
            })
    }

    private static var importLine: Regex<(Substring, Substring)> {
        #/
        ^\s* (?:@\w+(?:\(.*\))?\s+)* (?:(?:public|package|internal|fileprivate|private)\s+)?
        import\s+ (?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)? (\w+)
        /#
    }

    /// The numbers, from 1, of the lines that match and are not comments.
    func lineNumbers(of pattern: Regex<Substring>) -> [Int] {
        lines.indices.filter { index in
            let code = lines[index].drop { $0 == " " }
            return !code.hasPrefix("//") && code.contains(pattern)
        }.map { $0 + 1 }
    }
}
