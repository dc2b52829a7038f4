import FoundationEssentials
import TestSupport
import Testing

/// Archives that a daemon sends, as whole `pouch` processes take them.
struct ArchiveCommandTests {
    @Test(arguments: [["volume", "export", "data"], ["save", "box"], ["export", "web"]])
    func `an archive that breaks off leaves no file, and one that doesn't is whole`(
        words: [String]
    ) async throws {
        let part = [UInt8](repeating: 7, count: 100_000)
        let whole = [StubDaemon.Step].stream([part, part], type: "application/x-tar")
        try await withTemporaryDirectory { directory in
            let file = directory + "/archive"
            try await withStubDaemon(answer: { _ in Array(whole.dropLast(2)) }) { daemon in
                let outcome = try await Self.take(words, into: file, from: daemon)
                #expect(outcome.status == 1 && outcome.err.contains("broke off"), "\(outcome)")
                let left = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(left == [], "\(left)")
            }
            try await withStubDaemon(answer: { _ in whole }) { daemon in
                let outcome = try await Self.take(words, into: file, from: daemon)
                #expect(outcome.status == 0 && outcome.err.isEmpty, "\(outcome)")
                let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
                #expect(size == 2 * part.count)
            }
        }
    }

    private static func take(
        _ words: [String], into file: String, from daemon: StubDaemon
    ) async throws -> Outcome {
        // `pouch` takes its words one by one.
        try await pouch(
            "-o", file, host: daemon.path,
            script: #"exec "$0" \#(words.joined(separator: " ")) "$@""#)
    }
}
