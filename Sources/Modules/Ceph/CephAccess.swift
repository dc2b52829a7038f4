import FoundationEssentials
import Linux
import Volumes

/// What the kernel must be told to reach a cluster by itself. Its key never leaves this process
/// but for the kernel's keyring.
struct CephAccess: Sendable {
    /// Where the monitors listen, with commas: `10.0.0.1:6789,10.0.0.2:6789`.
    let monitors: String
    /// Whether they speak the newer protocol there, which the kernel must be told.
    let isSecondProtocol: Bool
    let key: CephSecret
}

/// A user's key, which no message shows.
struct CephSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let text: String

    /// As the kernel wants it; nil if it is none.
    var bytes: [UInt8]? { Data(base64Encoded: text).map { Array($0) } }

    var description: String { "…" }
    var debugDescription: String { "…" }
}

extension CephCluster {
    /// Where the monitors are, and the user's key. Blocks.
    func access() throws -> CephAccess {
        let answer = try ask(#"{"prefix":"mon dump","format":"json"}"#, "list monitors")
        let map = try JSONDecoder().decode(MonitorMap.self, from: Data(answer))
        // What every kernel speaks first.
        for (type, isSecond) in [("v1", false), ("v2", true)] {
            let addresses = map.addresses(of: type)
            guard !addresses.isEmpty else { continue }
            return CephAccess(
                monitors: addresses.joined(separator: ","), isSecondProtocol: isSecond,
                key: try key())
        }
        throw VolumeError.storage(
            action: "reach the cluster",
            reason: "its monitors have no address that the kernel knows")
    }

    /// From where librados takes it.
    private func key() throws -> CephSecret {
        if let key = setting("key"), !key.isEmpty { return CephSecret(text: key) }
        if let file = setting("keyfile"), !file.isEmpty {
            let text = try OpenFile.text(at: file)
            return CephSecret(text: String(text.prefix { !$0.isWhitespace }))
        }
        let files = (setting("keyring") ?? "").split { ",; ".contains($0) }.map(String.init)
        for file in files {
            guard let text = try? OpenFile.text(at: file) else { continue }
            // The first that is there is the only one that counts.
            if let key = CephKeyring(text).key(of: user) { return CephSecret(text: key) }
            break
        }
        throw VolumeError.storage(
            action: "find the key of \(user)", reason: "it is in none of \(files)")
    }
}

/// `ceph mon dump`, as far as it matters here.
private struct MonitorMap: Decodable {
    struct Monitor: Decodable {
        let addresses: Addresses

        private enum CodingKeys: String, CodingKey { case addresses = "public_addrs" }
    }

    struct Addresses: Decodable {
        let list: [Address]

        private enum CodingKeys: String, CodingKey { case list = "addrvec" }
    }

    struct Address: Decodable {
        let type: String
        let addr: String
    }

    let mons: [Monitor]

    func addresses(of type: String) -> [String] {
        mons.flatMap { $0.addresses.list }.filter { $0.type == type }.map(\.addr)
    }
}

/// A file of users and their keys.
struct CephKeyring {
    private var keys: [String: String] = [:]

    /// `[client.admin]`, then lines such as `key = AQ…==`.
    init(_ text: String) {
        var user: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.drop(while: \.isWhitespace)
            guard let first = words.first, !"#;".contains(first) else { continue }
            if first == "[" {
                user = words.split(separator: "]").first.map { String($0.dropFirst()) }
            } else if let user, let equals = words.firstIndex(of: "="),
                words[..<equals].allSatisfy({ $0.isLetter || $0.isWhitespace }),
                words[..<equals].filter({ !$0.isWhitespace }) == "key"
            {
                keys[user] = words[equals...].dropFirst().filter { !$0.isWhitespace && $0 != "\"" }
            }
        }
    }

    /// - Parameter user: With its kind: `client.admin`.
    func key(of user: String) -> String? { keys[user] }
}
