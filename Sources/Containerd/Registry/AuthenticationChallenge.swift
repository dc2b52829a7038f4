/// What a registry wants to see before it answers: a `WWW-Authenticate` header.
enum AuthenticationChallenge: Hashable {
    case basic
    /// A token from `realm`, for `service` and `scope`.
    case bearer(realm: String, service: String?, scope: String?)

    /// The best of these headers that we can meet.
    init?(_ headers: [String]) {
        let challenges = headers.compactMap(Self.parse)
        let bearer = challenges.first { $0 != .basic }
        guard let best = bearer ?? challenges.first else { return nil }
        self = best
    }

    private static func parse(_ header: String) -> AuthenticationChallenge? {
        let scheme = header.prefix { $0 != " " }.lowercased()
        if scheme == "basic" { return .basic }
        guard scheme == "bearer" else { return nil }
        var settings: [String: String] = [:]
        for match in header.matches(of: /([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/) {
            settings[match.1.lowercased()] = String(match.2 ?? match.3 ?? "")
        }
        guard let realm = settings["realm"] else { return nil }
        return .bearer(realm: realm, service: settings["service"], scope: settings["scope"])
    }
}
