import ArgumentParser
import Glibc
import PouchClient

/// Which daemon a command asks.
struct DaemonOptions: ParsableArguments {
    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp(
            "Where pouchd listens (or POUCH_HOST; unless said: \(Host.standard)).",
            valueName: "unix:///path"),
        transform: Host.init)
    var host: Host?

    @Flag(name: [.customShort("D"), .long], help: "Say on stderr what is asked of the daemon.")
    var debug = false

    /// Asks the daemon.
    var client: Client {
        get throws { Client(host: try host ?? Self.usual, trace: debug ? Console.say : nil) }
    }

    /// What the environment names.
    private static var usual: Host {
        get throws {
            guard let text = getenv("POUCH_HOST").map({ String(cString: $0) }), !text.isEmpty
            else { return .standard }
            return try Host(text)
        }
    }
}
