/// An image's full name: registry, repository, and tag or digest.
///
/// Short names mean what they mean to docker: `busybox` is `docker.io/library/busybox:latest`.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    /// Host, and port if given.
    public let domain: String
    public let path: String
    public let tag: String?
    public let digest: String?

    public init(_ text: String) throws(ContainerError) {
        var rest = Substring(text)
        var digest: String?
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        var tag: String?
        let afterSlash = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        if let colon = rest[afterSlash...].lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let (domain, path) = Self.split(rest)
        guard
            Self.isDomain(domain), Self.isPath(path), tag.map(Self.isTag) ?? true,
            digest.map(Self.isDigest) ?? true
        else { throw .invalidImageName(text) }
        self.domain = domain
        self.path = path
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    public var description: String {
        domain + "/" + path + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "")
    }

    /// As docker shows it: without `docker.io/` and `library/`.
    public var familiar: String {
        familiarRepository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "")
    }

    /// As docker shows it, without tag and digest.
    public var familiarRepository: String {
        let name = domain + "/" + path
        for prefix in ["docker.io/library/", "docker.io/"] where name.hasPrefix(prefix) {
            return String(name.dropFirst(prefix.count))
        }
        return name
    }

    private static func split(_ name: Substring) -> (domain: String, path: String) {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let first = parts.first,
            first.contains(".") || first.contains(":") || first == "localhost"
        {
            let domain = first == "index.docker.io" ? "docker.io" : String(first)
            let path = String(parts[1])
            let isShort = domain == "docker.io" && !path.contains("/")
            return (domain, isShort ? "library/" + path : path)
        }
        return ("docker.io", parts.count == 2 ? String(name) : "library/" + name)
    }

    private static func isDomain(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/) != nil
    }

    private static func isPath(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.wholeMatch(
                of: /[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/)
                != nil
    }

    private static func isTag(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}/) != nil
    }

    private static func isDigest(_ text: String) -> Bool {
        text.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil
    }
}
