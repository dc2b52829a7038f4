import HTTPTypes
import HummingbirdCore

/// Finds the route of a request, with or without a version before its path.
struct Router: Sendable {
    let routes: [Route]
    private let routesByFirstWord: [String: [Route]]

    /// The first of several routes that match is taken.
    init(_ routes: [Route]) {
        self.routes = routes
        routesByFirstWord = Dictionary(grouping: routes) { route in
            String(route.pattern.split(separator: "/").first ?? "")
        }
    }

    func reply(to request: Request) async throws -> Reply {
        let (route, call) = try resolve(request)
        return try await route.handler(call)
    }

    private func resolve(_ request: Request) throws -> (Route, Call) {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let version = path.first.flatMap { APIVersion(prefix: $0) }
        if version != nil { path = path.dropFirst() }

        for route in routesByFirstWord[path.first.map(String.init) ?? ""] ?? []
        where route.method == request.method {
            guard let captures = route.match(path) else { continue }
            let call = Call(
                request: request, version: version ?? .newest,
                query: try Query(parts.count == 2 ? parts[1] : ""),
                captures: try captures.mapValues(decode))
            return (route, call)
        }
        throw Refusal.noRoute
    }

    private func decode(_ segment: String) throws(Refusal) -> String {
        guard let text = segment.percentDecoded() else {
            throw .invalid("invalid path segment \"\(segment)\": % begins no hex digits of UTF-8")
        }
        return text
    }
}
