import Synchronization

/// Gives whatever is counted by project quota, volumes and containers' own files, ids that nobody
/// else has.
public final class ProjectIDs: Sendable {
    /// The original's, so that whoever looks at a quota report knows whose they are.
    public static let first: UInt32 = 16_777_217

    private struct State {
        var taken: Set<UInt32> = []
        var next = ProjectIDs.first

        mutating func advance() {
            next = next == .max ? ProjectIDs.first : next + 1
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Those that are remembered, at start-up.
    public func keep(_ ids: some Sequence<UInt32>) {
        state.withLock { state in
            state.taken.formUnion(ids)
            for id in ids where id >= state.next && id < .max { state.next = id + 1 }
        }
    }

    public func isTaken(_ id: UInt32) -> Bool { state.withLock { $0.taken.contains(id) } }

    public func giveBack(_ id: UInt32) {
        _ = state.withLock { $0.taken.remove(id) }
    }

    /// Takes one that nobody of ours has, no line of /etc/projects or /etc/projid, and no file or limit
    /// on the filesystem of `place`.
    public func take(on place: OpenFile) throws -> UInt32 {
        let foreign = Self.foreign()
        while true {
            let id = state.withLock { state in
                while state.taken.contains(state.next) || foreign.contains(state.next) {
                    state.advance()
                }
                defer { state.advance() }
                state.taken.insert(state.next)
                return state.next
            }
            do {
                if try place.projectQuota(of: id).isUnused { return id }
            } catch {
                giveBack(id)
                throw error
            }
            giveBack(id)
        }
    }

    /// Takes the given one; false if somebody has it, in one of the ways that ``take(on:)`` knows.
    public func take(_ id: UInt32, on place: OpenFile) throws -> Bool {
        guard !Self.foreign().contains(id),
            state.withLock({ $0.taken.insert(id).inserted })
        else { return false }
        do {
            if try place.projectQuota(of: id).isUnused { return true }
        } catch {
            giveBack(id)
            throw error
        }
        giveBack(id)
        return false
    }

    /// What administrators gave away: lines of `id:directory` and of `name:id`.
    private static func foreign() -> Set<UInt32> {
        Set(ids(in: "/etc/projects", field: 0) + ids(in: "/etc/projid", field: 1))
    }

    private static func ids(in path: String, field: Int) -> [UInt32] {
        guard let text = try? OpenFile.text(at: path) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > field else { return nil }
            return UInt32(fields[field].filter { $0 != " " })
        }
    }
}
