import Dispatch
import PouchClient

/// Somebody at a container or at a process in one, with a terminal of their own if it has one.
struct Sitting: Sendable {
    let client: Client
    let seat: Seat
    let takesInput: Bool
    let isTerminal: Bool

    /// Returns when the output has ended, or somebody has typed the keys that detach.
    ///
    /// `begin` is called once nothing can be missed any more.
    func run(_ begin: @Sendable @escaping () async throws -> Void = {}) async throws {
        let terminal = isTerminal && takesInput ? Terminal() : nil
        defer { terminal?.restore() }
        let (listening, arrival) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { arrival.finish() }
                try await client.sit(
                    at: seat, input: takesInput ? StandardInput.pieces : nil,
                    listening: { arrival.yield() }
                ) { stream, bytes in try Console.write(bytes, to: stream) }
                return true
            }
            group.addTask {
                for await _ in listening { break }
                try await begin()
                if isTerminal { await followSize() }
                return false
            }
            while let isOver = try await group.next(), !isOver {}
            group.cancelAll()
        }
    }

    private func followSize() async {
        let (changes, source) = Terminal.changes()
        defer { source.cancel() }
        await resize()
        for await _ in changes { await resize() }
    }

    private func resize() async {
        guard let size = Terminal.size else { return }
        try? await client.resize(seat, width: size.width, height: size.height)
    }
}
