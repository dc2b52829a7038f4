import Foundation
import SQLiteStore
import TestSupport
import Testing
import Volumes

struct SQLiteStoreTests {
    @Test func `what was committed is there after reopening, to the last bit`() async throws {
        try await withStore { store, reopen in
            let data = try Samples.volume("data", claim: "/mnt/data")
            var bare = try Samples.volume("bare")
            bare = Volume(id: bare.id, name: bare.name, driver: "tmpfs", createdAt: Date())
            let use = Samples.reference("data", "c1")
            try await store.commit([.save(data), .save(bare), .refer(use)])

            let memory = try await reopen().load()
            #expect(Set(memory.volumes) == [data, bare])
            #expect(memory.references == [use])
        }
    }

    @Test func `no two volumes are counted in one project, until one is removed`() async throws {
        try await withStore { store, _ in
            var one = try Samples.volume("one")
            var other = try Samples.volume("other")
            one.handle["project"] = "16777217"
            other.handle["project"] = "16777217"
            try await store.commit([.save(one)])
            let second = other
            await #expect(throws: VolumeError.self) { try await store.commit([.save(second)]) }
            one.phase = .removing
            try await store.commit([.save(one), .save(other)])
            #expect(try await store.load().volumes.count == 2)
        }
    }

    @Test func `saving again replaces the volume and keeps its references`() async throws {
        try await withStore { store, reopen in
            var data = try Samples.volume("data")
            try await store.commit([.save(data), .refer(Samples.reference("data", "c1"))])
            data.phase = .populating
            data.handle = [:]
            try await store.commit([.save(data)])

            let memory = try await reopen().load()
            #expect(memory.volumes == [data])
            #expect(memory.references.count == 1)
        }
    }

    @Test func `forgetting a volume forgets its references, and no others`() async throws {
        try await withStore { store, reopen in
            let kept = Samples.reference("kept", "c1")
            try await store.commit([
                .save(try Samples.volume("data")), .save(try Samples.volume("kept")),
                .refer(Samples.reference("data", "c1")), .refer(kept),
                .refer(Samples.reference("data", "c2")),
            ])
            try await store.commit([.forget(volume: "id-data"), .forget(volume: "unknown")])

            let memory = try await reopen().load()
            #expect(memory.volumes.map(\.id) == ["id-kept"])
            #expect(memory.references == [kept])
        }
    }

    @Test func `one volume can be used by one owner at two places`() async throws {
        try await withStore { store, reopen in
            let first = Samples.reference("data", "c1", at: "/a")
            let second = Samples.reference("data", "c1", at: "/b")
            try await store.commit([.save(try Samples.volume("data")), .refer(first)])
            try await store.commit([.refer(second), .release(first), .release(first)])
            #expect(try await reopen().load().references == [second])
        }
    }

    @Test func `a name is free again once its volume is being removed`() async throws {
        try await withStore { store, _ in
            var old = try Samples.volume("data", id: "old", claim: "/mnt/data")
            let new = try Samples.volume("data", id: "new", claim: "/mnt/data")
            try await store.commit([.save(old)])
            await #expect(throws: VolumeError.self) { try await store.commit([.save(new)]) }
            old.phase = .removing
            try await store.commit([.save(old), .save(new)])
            #expect(try await store.load().volumes.count == 2)
        }
    }

    @Test func `two volumes never have the same claim`() async throws {
        try await withStore { store, _ in
            try await store.commit([.save(try Samples.volume("one", claim: "/mnt/data"))])
            let other = try Samples.volume("other", claim: "/mnt/data")
            await #expect(throws: VolumeError.self) { try await store.commit([.save(other)]) }
        }
    }

    @Test func `a change set that fails leaves nothing behind`() async throws {
        try await withStore { store, reopen in
            await #expect(throws: VolumeError.self) {
                try await store.commit([
                    .save(try Samples.volume("data")), .refer(Samples.reference("nobody", "c1")),
                ])
            }
            let memory = try await reopen().load()
            #expect(memory.volumes.isEmpty)
        }
    }

    @Test func `of many change sets at once, only the one that is wrong fails`() async throws {
        try await withStore { store, reopen in
            let failures = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        do {
                            let volume = try Samples.volume("data\(number)")
                            let wrong = Samples.reference("nobody", "c1")
                            try await store.commit(
                                [.save(volume)] + (number % 16 == 5 ? [.refer(wrong)] : []))
                            return nil
                        } catch {
                            return number
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(failures.sorted() == [5, 21, 37, 53])
            let memory = try await reopen().load()
            #expect(memory.volumes.count == 60)
        }
    }

    @Test func `a caller who is cancelled still gets the true outcome`() async throws {
        try await withStore { store, reopen in
            let volume = try Samples.volume("data")
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    withUnsafeCurrentTask { $0?.cancel() }
                    await #expect(throws: Never.self) { try await store.commit([.save(volume)]) }
                }
            }
            let memory = try await reopen().load()
            #expect(memory.volumes == [volume])
        }
    }

    @Test func `ten thousand volumes are loaded`() async throws {
        try await withStore { store, reopen in
            let changes = try (0..<10_000).map { Change.save(try Samples.volume("volume\($0)")) }
            try await store.commit(changes)
            let again = try reopen()
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try await again.load().volumes.count == 10_000)
            print("10,000 volumes loaded in \(clock.now - start)")
        }
    }

    /// Runs `body` with an empty store and a way to open its file again.
    private func withStore(
        _ body: (SQLiteStore, () throws -> SQLiteStore) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            let store = try SQLiteStore(at: path)
            try await body(store) {
                try store.close()
                return try SQLiteStore(at: path)
            }
        }
    }
}
