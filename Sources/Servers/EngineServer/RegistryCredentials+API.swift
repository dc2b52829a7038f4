import Containers
import FoundationEssentials
import PouchAPI

/// Who a client is to a registry, as Docker's clients say it.
extension RegistryCredentials {
    /// Nil for nobody in particular.
    init?(_ asked: AuthenticationRequest) throws(Refusal) {
        guard (asked.identityToken ?? "").isEmpty, (asked.registryToken ?? "").isEmpty else {
            throw .unsupported(
                "logins by token are not supported: log in with a name and a password")
        }
        if let name = asked.username, !name.isEmpty {
            self.init(username: name, password: asked.password ?? "")
            return
        }
        guard let text = asked.auth, !text.isEmpty else { return nil }
        let pair = Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
        let words = pair?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let words, words.count == 2 else {
            throw .invalid("invalid auth: give name:password in base64")
        }
        self.init(username: String(words[0]), password: String(words[1]))
    }

    /// Reads the header `X-Registry-Auth`: JSON in base64, of either alphabet.
    init?(_ header: String?) throws(Refusal) {
        guard let header, !header.isEmpty else { return nil }
        var text = header.replacing("-", with: "+").replacing("_", with: "/").filter { $0 != "=" }
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let json = Data(base64Encoded: text),
            let asked = try? JSONDecoder().decode(AuthenticationRequest.self, from: json)
        else { throw .invalid("invalid X-Registry-Auth header: give JSON in base64") }
        try self.init(asked)
    }
}

extension AuthenticationRequest {
    /// The registry's domain; that of docker.io goes by other names as well.
    var registryDomain: String {
        var text = (serverAddress ?? "")[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        let domain = String(text.prefix { $0 != "/" })
        return ["", "index.docker.io", "registry-1.docker.io"].contains(domain)
            ? "docker.io" : domain
    }
}
