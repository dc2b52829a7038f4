import Containers
import FoundationEssentials

/// Where a registry is, and how it may be spoken to.
struct RegistryAddress: Hashable, Sendable {
    /// Host, and port if it isn't the usual one.
    let host: String

    /// By convention the images of docker.io are served by a host of that domain.
    init(of domain: String) {
        host = domain == "docker.io" ? "registry-1.\(domain)" : domain
    }

    /// What to try, in order. In the clear only this machine is spoken to.
    var schemes: [String] { Self.isLoopback(host) ? ["http", "https"] : ["https"] }

    /// Whether a password, a token or an image may go to or come from there.
    static func isSafe(_ url: URL) -> Bool {
        url.scheme == "https" || (url.scheme == "http" && isLoopback(url.host() ?? ""))
    }

    private static func isLoopback(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return name == "localhost" || name == "[::1" || host == "::1"
            || name.wholeMatch(of: /127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
    }
}
