import CSIServer
import Glibc

/// Where and as what pouchd is a plugin of the Container Storage Interface.
struct CSISettings: Hashable, Sendable {
    /// The socket's path.
    let socket: String
    let node: String

    /// Nil without an endpoint.
    init?(endpoint: String?, node: String?) throws {
        guard let endpoint, !endpoint.isEmpty else {
            guard node == nil else {
                throw ConfigurationError(
                    "csi-node is given without csi-endpoint: give both, or neither")
            }
            return nil
        }
        socket = try Self.socket(endpoint)
        self.node = try node ?? Self.hostName()
        guard CSIServer.isNodeName(self.node) else {
            throw ConfigurationError(
                "csi-node is \"\(self.node)\": give 1 to 63 letters, digits, \"-\", \"_\" and \".\", "
                    + "with a letter or a digit at either end")
        }
    }

    /// With or without the scheme, as other plugins take it.
    private static func socket(_ endpoint: String) throws -> String {
        let scheme = "unix://"
        let path =
            endpoint.hasPrefix(scheme) ? String(endpoint.dropFirst(scheme.count)) : endpoint
        guard path.hasPrefix("/"), path.hasSuffix(".sock") else {
            throw ConfigurationError(
                "csi-endpoint is \"\(endpoint)\": give unix:///path, with a path that ends in .sock"
            )
        }
        return try Configuration.absolute(path, "csi-endpoint")
    }

    private static func hostName() throws -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else {
            throw ConfigurationError("csi-node: this host has no name; give one")
        }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
