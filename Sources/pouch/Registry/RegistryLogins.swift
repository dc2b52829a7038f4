import FoundationEssentials
import Glibc
import PouchAPI

/// Logins to registries, in the file in which docker keeps its own.
struct RegistryLogins {
    static let standard = "docker.io"
    /// What docker.io's logins are kept under.
    private static let standardKey = "https://index.docker.io/v1/"

    private let folder: String
    private var path: String { folder + "/config.json" }

    init() throws {
        let named = getenv("DOCKER_CONFIG").map { String(cString: $0) } ?? ""
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        guard !named.isEmpty || !home.isEmpty else {
            throw RegistryLoginError("neither HOME nor DOCKER_CONFIG is set: set one")
        }
        folder = named.isEmpty ? home + "/.docker" : named
    }

    /// For the registry that has an image; nil if there is none, or no file.
    func login(forImage name: String) throws -> AuthenticationRequest? {
        let domain = Self.domain(of: name)
        let key = Self.key(of: domain)
        let auths = try settings()["auths"]?.fields ?? [:]
        let found = auths.first { $0.key == key || Self.key(of: $0.key) == key }
        guard case .string(let text)? = found?.value["auth"],
            let pair = Data(base64Encoded: text).map({ String(decoding: $0, as: UTF8.self) })
        else { return nil }
        let words = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2 else { return nil }
        return AuthenticationRequest(
            username: String(words[0]), password: String(words[1]), serverAddress: domain)
    }

    /// Refuses where docker would ask another program to keep the login.
    func checkPlace(for registry: String) throws {
        let settings = try settings()
        let helper = settings["credHelpers"]?[registry] ?? settings["credsStore"]
        guard case .string(let name)? = helper, !name.isEmpty else { return }
        throw RegistryLoginError(
            "\(path) has logins kept by docker-credential-\(name), which pouch cannot ask: set "
                + "DOCKER_CONFIG to another folder for pouch")
    }

    func keep(_ login: AuthenticationRequest, for registry: String) throws {
        let pair = "\(login.username ?? ""):\(login.password ?? "")"
        let auth = JSON.object(["auth": .string(Data(pair.utf8).base64EncodedString())])
        try change { $0[Self.key(of: registry)] = auth }
    }

    /// Answers whether there was one.
    func forget(_ registry: String) throws -> Bool {
        let key = Self.key(of: registry)
        let known = try settings()["auths"]?.fields.keys.filter { Self.key(of: $0) == key } ?? []
        guard !known.isEmpty else { return false }
        try change { auths in for key in known { auths[key] = nil } }
        return true
    }

    // MARK: The file

    private func settings() throws -> JSON {
        guard let text = try? NamedFile.text(at: path) else { return .object([:]) }
        guard let json = try? JSON(reading: Data(text.utf8)), case .object = json else {
            throw RegistryLoginError("\(path) is not a JSON object: mend it, or move it away")
        }
        return json
    }

    /// All else in the file stays; the file is replaced whole or not at all.
    private func change(_ change: (inout [String: JSON]) -> Void) throws {
        var fields = try settings().fields
        var auths = fields["auths"]?.fields ?? [:]
        change(&auths)
        fields["auths"] = .object(auths)
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw RegistryLoginError(folder, errno) }
        let draft = path + ".\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw RegistryLoginError(draft, errno) }
        let bytes = Array((JSON.object(fields).lines + "\n").utf8)
        let isWritten = write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(draft, path) == 0 else {
            let reason = errno
            unlink(draft)
            throw RegistryLoginError(path, reason)
        }
    }

    // MARK: Names

    private static func domain(of image: String) -> String {
        let parts = image.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts.first,
            first.contains(".") || first.contains(":") || first == "localhost"
        else { return standard }
        return String(first)
    }

    /// Whatever somebody calls a registry, it has one key.
    private static func key(of registry: String) -> String {
        var text = registry[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        let domain = String(text.prefix { $0 != "/" })
        return ["docker.io", "index.docker.io", "registry-1.docker.io"].contains(domain)
            ? standardKey : domain
    }
}

/// Why a login can't be kept or found.
struct RegistryLoginError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ path: String, _ errno: CInt) {
        description = "\(path): \(String(cString: strerror(errno)))"
    }
}
