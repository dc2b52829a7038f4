import Synchronization

/// How many bytes have gone, on one line that is written again and again; a bar when it is known
/// how many there are, about.
final class ByteProgress: Sendable {
    private struct State {
        var count: Int64 = 0
        var shown: Int64 = 0
        var total: Int64?
    }

    private static let width = 30
    /// Between two looks of the line.
    private static let step: Int64 = 4 << 20

    private let isShown = Console.showsProgress
    private let state: Mutex<State>

    init(total: Int64?) {
        state = Mutex(State(total: total))
    }

    /// There will be so many.
    func expect(_ total: Int64) {
        state.withLock { $0.total = total }
    }

    func add(_ bytes: Int) {
        guard isShown else { return }
        let line: String? = state.withLock { state in
            state.count += Int64(bytes)
            guard state.count - state.shown >= Self.step || state.count == state.total else {
                return nil
            }
            state.shown = state.count
            return Self.text(state.count, of: state.total)
        }
        if let line { Console.show("\r\u{1B}[K\(line)") }
    }

    /// Leaves nothing of the line behind.
    func end() {
        if isShown { Console.show("\r\u{1B}[K") }
    }

    static func text(_ count: Int64, of total: Int64?) -> String {
        guard let total, total > 0 else { return Size.text(count) }
        // An archive has more than the files' bytes in it.
        let done = min(count, total)
        let filled = Int(done * Int64(width) / total)
        let bar =
            String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        return "[\(bar)] \(done * 100 / total)% \(Size.text(count)) of \(Size.text(total))"
    }
}
