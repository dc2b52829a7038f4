import Foundation
import Linux
import TestSupport
import Testing

struct DirectoryWatchTests {
    @Test(.timeLimit(.minutes(1)))
    func `a directory that is not there yet is waited for, and then watched`() async throws {
        try await withTemporaryDirectory { root in
            let directory = root + "/deep/down"
            let watch = try DirectoryWatch()
            watch.watch(directory)
            var events = watch.events.makeAsyncIterator()
            for step in [
                {
                    try FileManager.default.createDirectory(
                        atPath: directory, withIntermediateDirectories: true)
                },
                { try Data().write(to: URL(filePath: directory + "/one")) },
                { try FileManager.default.removeItem(atPath: directory + "/one") },
            ] {
                try step()
                // Without it the test does not end.
                #expect(await events.next() != nil)
                watch.watch(directory)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a watch that nobody holds any more ends`() async throws {
        var watch: DirectoryWatch? = try DirectoryWatch()
        let events = try #require(watch).events
        watch = nil
        for await _ in events {}
    }
}
