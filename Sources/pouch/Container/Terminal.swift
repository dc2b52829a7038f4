import Dispatch
import Glibc

/// The terminal that pouch was called from, while a container's takes its place.
final class Terminal {
    private let before: termios

    /// Hands every key on as it is, until ``restore()``; nil if stdin is no terminal.
    init?() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
            return nil
        }
        before = settings
        cfmakeraw(&settings)
        guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
    }

    func restore() {
        var settings = before
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    /// In characters; nil if nobody knows.
    static var size: (width: Int, height: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Gives a word whenever its size may have changed, as long as the source lives.
    static func changes() -> (AsyncStream<Void>, any DispatchSourceSignal) {
        let (stream, arrival) = AsyncStream.makeStream(of: Void.self)
        signal(SIGWINCH, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGWINCH)
        source.setEventHandler { arrival.yield() }
        source.resume()
        return (stream, source)
    }
}

/// What is typed, or comes through a pipe: read only when somebody takes it.
enum StandardInput {
    private static let queue = DispatchQueue(label: "stdin")
    private static let most = 64 << 10

    static var pieces: AsyncStream<[UInt8]> {
        AsyncStream(unfolding: {
            while !Task.isCancelled {
                let piece = await withCheckedContinuation { continuation in
                    queue.async { continuation.resume(returning: read()) }
                }
                guard let piece else { return nil }
                if !piece.isEmpty { return piece }
            }
            return nil
        })
    }

    /// Waits a moment at most; nil at the end.
    private static func read() -> [UInt8]? {
        var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 100) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: most)
        let count = Glibc.read(STDIN_FILENO, &buffer, most)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}
