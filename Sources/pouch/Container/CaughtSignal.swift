import Dispatch
import Glibc

/// A signal that an attached container gets in our stead.
struct CaughtSignal: Hashable, Sendable {
    let number: Int32
    /// As the daemon knows it.
    let name: String
    /// Whether whoever sent it wants an end.
    let asksToEnd: Bool

    private static let known = [
        CaughtSignal(number: SIGINT, name: "SIGINT", asksToEnd: true),
        CaughtSignal(number: SIGTERM, name: "SIGTERM", asksToEnd: true),
        CaughtSignal(number: SIGQUIT, name: "SIGQUIT", asksToEnd: false),
        CaughtSignal(number: SIGHUP, name: "SIGHUP", asksToEnd: false),
        CaughtSignal(number: SIGUSR1, name: "SIGUSR1", asksToEnd: false),
        CaughtSignal(number: SIGUSR2, name: "SIGUSR2", asksToEnd: false),
    ]

    /// From now on they arrive there and no longer end this process, as long as the sources live.
    static func sources(
        giving arrival: AsyncStream<CaughtSignal>.Continuation
    ) -> [any DispatchSourceSignal] {
        known.map { caught in
            signal(caught.number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: caught.number)
            source.setEventHandler { arrival.yield(caught) }
            source.resume()
            return source
        }
    }
}
