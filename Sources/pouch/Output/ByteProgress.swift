import Synchronization

/// How many bytes have gone, on one line that is written again and again; a bar when it is known
/// how many there are.
final class ByteProgress: Sendable {
    private struct State {
        var count: Int64 = 0
        var shown: Int64 = 0
    }

    private static let width = 30
    /// Between two looks of the line.
    private static let step: Int64 = 4 << 20

    private let total: Int64?
    private let isShown = Console.showsProgress
    private let state = Mutex(State())

    init(total: Int64?) {
        self.total = total
    }

    func add(_ bytes: Int) {
        guard isShown else { return }
        let count: Int64? = state.withLock { state in
            state.count += Int64(bytes)
            guard state.count - state.shown >= Self.step || state.count == total else {
                return nil
            }
            state.shown = state.count
            return state.count
        }
        if let count { Console.show("\r\u{1B}[K\(text(count))") }
    }

    /// Leaves nothing of the line behind.
    func end() {
        if isShown { Console.show("\r\u{1B}[K") }
    }

    private func text(_ count: Int64) -> String {
        guard let total, total > 0 else { return Size.text(count) }
        let filled = Int(min(count, total) * Int64(Self.width) / total)
        let bar =
            String(repeating: "=", count: filled)
            + String(repeating: " ", count: Self.width - filled)
        return "[\(bar)] \(Size.text(count)) of \(Size.text(total))"
    }
}
