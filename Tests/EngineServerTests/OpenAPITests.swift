import FoundationEssentials
import Linux
import TestSupport
import Testing

struct OpenAPITests {
    @Test func `the OpenAPI file and the server have the same routes`() async throws {
        let documented = try operations()
        try await TestServer.run { server in
            let served = server.routes.map { $0.replacing("...}", with: "}") }
            #expect(Set(served) == Set(documented))
            #expect(served.count == documented.count)
        }
    }

    /// `METHOD /path` of each operation: the file's lines are regular enough to be read without a
    /// parser.
    private func operations() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/openapi.yaml")
        let lines = try OpenFile.text(at: file.path).split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "paths:"))
        let end = try #require(lines.firstIndex(of: "components:"))
        var path: Substring = ""
        var operations: [String] = []
        for line in lines[start + 1..<end] {
            if let match = line.wholeMatch(of: #/ {2}(/.*):/#) {
                path = match.1
            } else if let match = line.wholeMatch(of: #/ {4}(get|head|post|put|delete):/#) {
                operations.append("\(match.1.uppercased()) \(path)")
            }
        }
        return operations
    }
}
