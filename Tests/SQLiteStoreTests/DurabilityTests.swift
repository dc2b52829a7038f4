import Foundation
import Linux
import SQLiteStore
import TestSupport
import Testing
import Volumes

/// What survives a kill, and how often the disk is waited for.
@Suite(.serialized)
struct DurabilityTests {
    @Test(.requiresStrace)
    func `each commit waits for the disk once, and concurrent ones share the wait`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            let trace = directory + "/trace"
            let writer = try OtherProcess(
                .measured, store: path,
                under: ["/usr/bin/strace", "-f", "-qq", "-y", "-e", "fdatasync", "-o", trace])
            defer { writer.kill() }
            try await writer.end()

            let lines = try OpenFile.text(at: trace).split(separator: "\n")
            let marks = lines.indices.filter { lines[$0].contains("<\(path).mark>") }
            try #require(marks.count == 3)
            let waits = zip(marks, marks.dropFirst()).map { first, last in
                lines[first..<last].count { $0.contains("fdatasync(") && $0.contains("<\(path)") }
                    - 1
            }
            #expect(waits[0] == OtherProcess.serialCommits)
            #expect((1..<OtherProcess.concurrentCommits / 2).contains(waits[1]))
            print("\(OtherProcess.concurrentCommits) concurrent commits: \(waits[1]) fdatasyncs")
        }
    }

    @Test func `what a killed writer was told is saved is there`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            for round in 0..<3 {
                let writer = try OtherProcess(.endless, store: path, prefix: "round\(round)-")
                defer { writer.kill() }
                let told = try await writer.killAfter(lines: 50)
                let store = try SQLiteStore(at: path)
                let names = Set(try await store.load().volumes.map(\.name.description))
                #expect(told.subtracting(names).isEmpty)
                #expect(told.count >= 50)
                try store.close()
            }
        }
    }

    @Test func `a store that a killed writer left hot is refused untouched if it is newer`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            let writer = try OtherProcess(.endlessAndNewer, store: path)
            defer { writer.kill() }
            _ = try await writer.killAfter(lines: 50)
            let before = try files(path)
            #expect(throws: StoreError.newer(path, migrations: ["snapshots"])) {
                try SQLiteStore(at: path)
            }
            let after = try files(path)
            #expect(after == before)
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem that can be filled"))
    func `on a full disk a commit is refused as a whole, and what was there stays`() async throws {
        try await withTemporaryDirectory { directory in
            try #require(mount("none", directory, "tmpfs", 0, "size=600k") == 0)
            let store = try SQLiteStore(at: directory + "/store.db")
            var saved = 0
            let error = await #expect(throws: VolumeError.self) {
                while saved < 10_000 {
                    let pair = try [saved, saved + 1].map { try Samples.volume("volume\($0)") }
                    try await store.commit(pair.map { .save($0) })
                    saved += 2
                }
            }
            #expect("\(error.debugDescription)".contains("no space left"))
            let full = try await store.load()
            #expect(full.volumes.count == saved)

            try #require(mount("none", directory, "tmpfs", UInt(MS_REMOUNT), "size=10m") == 0)
            try await store.commit([.save(try Samples.volume("last"))])
            try store.close()
            let reopened = try await SQLiteStore(at: directory + "/store.db").load()
            #expect(reopened.volumes.count == saved + 1)
        }
    }

    private func files(_ path: String) throws -> [Data] {
        try ["", "-wal"].map { try Data(OpenFile.bytes(at: path + $0)) }
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var requiresStrace: Self {
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") && geteuid() == 0,
            "needs strace and root to count what is written durably")
    }
}
