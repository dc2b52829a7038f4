import AsyncHTTPClient
import Containers
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Synchronization

/// Asks a registry for the manifests and blobs of one repository, or whether it lets one in.
final class RegistryClient: Sendable {
    private static let answerTime = TimeAmount.seconds(60)
    private static let mostRedirects = 5
    private static let manifestTypes = [
        MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest,
    ]

    private struct Session {
        /// Known once the registry has answered.
        var scheme: String?
        var authorization: String?
    }

    /// Nil if no image is meant.
    private let reference: ImageReference?
    private let address: RegistryAddress
    private let http: HTTPClient
    private let credentials: RegistryCredentials?
    private let session = Mutex(Session())

    init(
        for reference: ImageReference, over http: HTTPClient,
        credentials: RegistryCredentials?
    ) {
        self.reference = reference
        self.http = http
        self.credentials = credentials
        address = RegistryAddress(of: reference.domain)
    }

    /// For the registry of a domain, whatever it has.
    init(for domain: String, over http: HTTPClient, credentials: RegistryCredentials) {
        reference = nil
        self.http = http
        self.credentials = credentials
        address = RegistryAddress(of: domain)
    }

    /// Returns if the registry lets us in.
    func logIn() async throws {
        _ = try await get("")
    }

    // MARK: - What there is

    /// The manifest or index that the reference names.
    func target() async throws -> (BlobDescriptor, [UInt8]) {
        let wanted = reference?.digest ?? reference?.tag ?? "latest"
        let response = try await get("manifests/\(wanted)", accepting: Self.manifestTypes)
        let bytes = try await document(response)
        let digest = Digest(of: bytes)
        if let expected = reference?.digest, expected != digest.description {
            throw failure("the registry sent something else than \(expected)")
        }
        let type = response.headers.first(name: "content-type").map {
            String($0.prefix { $0 != ";" })
        }
        return (
            BlobDescriptor(
                mediaType: type ?? MediaType.manifest, digest: digest, size: Int64(bytes.count)),
            bytes
        )
    }

    func read(_ blob: BlobDescriptor) async throws -> [UInt8] {
        let isManifest = Self.manifestTypes.contains(blob.mediaType)
        let path = isManifest ? "manifests/\(blob.digest)" : "blobs/\(blob.digest)"
        return try await document(get(path, accepting: isManifest ? Self.manifestTypes : []))
    }

    /// The bytes of a blob from `offset` on.
    func blob(_ digest: Digest, from offset: Int64) async throws -> HTTPClientResponse.Body {
        let range = offset > 0 ? "bytes=\(offset)-" : nil
        let response = try await get("blobs/\(digest)", range: range)
        guard offset == 0 || response.status == .partialContent else {
            throw RangeIgnored()
        }
        return response.body
    }

    /// The registry sends blobs only whole.
    struct RangeIgnored: Error {}

    private func document(_ response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            let body = try await response.body.collect(upTo: ImageContent.largestDocument)
            return Array(body.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw failure("the registry sent a document that is too large")
        }
    }

    // MARK: - Asking

    private func get(
        _ path: String, accepting types: [String] = [], range: String? = nil
    ) async throws -> HTTPClientResponse {
        let schemes = session.withLock { $0.scheme }.map { [$0] } ?? address.schemes
        var lastError: (any Error)?
        for scheme in schemes {
            let repository = reference.map { $0.path + "/" } ?? ""
            let text = "\(scheme)://\(address.host)/v2/\(repository)\(path)"
            guard let url = URL(string: text) else { throw failure("no address: \(text)") }
            var request = HTTPClientRequest(url: text)
            for type in types { request.headers.add(name: "accept", value: type) }
            if let range { request.headers.add(name: "range", value: range) }
            do {
                let response = try await authorized(request, to: url)
                if response.status == .badRequest, scheme != schemes.last { continue }
                session.withLock { $0.scheme = scheme }
                return try checked(response)
            } catch let error as ContainerError {
                throw error
            } catch {
                try Task.checkCancellation()
                lastError = error
            }
        }
        throw unreachable(lastError)
    }

    /// Sends the request, with a proof of who we are if the registry wants one.
    private func authorized(
        _ request: HTTPClientRequest, to url: URL
    ) async throws -> HTTPClientResponse {
        let known = session.withLock { $0.authorization }
        let first = try await follow(request, to: url, authorization: known)
        guard first.status == .unauthorized else { return first }
        try await discard(first)
        guard
            let challenge = AuthenticationChallenge(first.headers["www-authenticate"]),
            let authorization = try await answer(to: challenge)
        else { return first }
        session.withLock { $0.authorization = authorization }
        return try await follow(request, to: url, authorization: authorization)
    }

    /// Follows redirects; who we are is nobody's business but the registry's.
    private func follow(
        _ request: HTTPClientRequest, to url: URL, authorization: String?
    ) async throws -> HTTPClientResponse {
        var request = request
        var url = url
        if let authorization {
            request.headers.replaceOrAdd(name: "authorization", value: authorization)
        }
        for _ in 0...Self.mostRedirects {
            request.url = url.absoluteString
            let response = try await http.execute(request, deadline: .distantFuture)
            guard [301, 302, 303, 307, 308].contains(response.status.code) else { return response }
            try await discard(response)
            guard
                let location = response.headers.first(name: "location"),
                let next = URL(string: location, relativeTo: url)?.absoluteURL,
                RegistryAddress.isSafe(next)
            else { throw failure("the registry points to an address that is not safe to follow") }
            if (next.scheme, next.host(), next.port) != (url.scheme, url.host(), url.port) {
                request.headers.remove(name: "authorization")
            }
            url = next
        }
        throw failure("the registry sends in circles")
    }

    private func discard(_ response: HTTPClientResponse) async throws {
        _ = try? await response.body.collect(upTo: 1 << 20)
    }

    // MARK: - Who we are

    private func answer(to challenge: AuthenticationChallenge) async throws -> String? {
        switch challenge {
        case .basic:
            return credentials?.basicAuthorization
        case .bearer(let realm, let service, let scope):
            return try await token(
                from: realm, service: service,
                scope: scope ?? reference.map { "repository:\($0.path):pull" })
        }
    }

    private func token(
        from realm: String, service: String?, scope: String?
    ) async throws -> String? {
        struct Token: Decodable {
            var token: String?
            var access_token: String?
        }
        guard let base = URL(string: realm), RegistryAddress.isSafe(base) else {
            throw failure("the registry wants a token from \(realm), which is not safe to ask")
        }
        let query = [("service", service), ("scope", scope), ("account", credentials?.username)]
            .compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        var request = HTTPClientRequest(url: base.appending(queryItems: query).absoluteString)
        if let credentials {
            request.headers.add(name: "authorization", value: credentials.basicAuthorization)
        }
        let response = try await http.execute(request, deadline: .now() + Self.answerTime)
        guard response.status == .ok else {
            try await discard(response)
            return nil
        }
        let answer = try? JSONDecoder().decode(Token.self, from: Data(try await document(response)))
        return (answer?.token ?? answer?.access_token).map { "Bearer \($0)" }
    }

    // MARK: - What went wrong

    private func checked(_ response: HTTPClientResponse) throws -> HTTPClientResponse {
        switch response.status.code {
        case 200, 206: return response
        case 404: throw failure("not found in registry \(address.host)")
        case 401 where reference == nil, 403 where reference == nil:
            throw failure("the registry refuses this name and password")
        case 401, 403:
            throw failure(
                "registry \(address.host) refuses: it has no such image, or wants a login")
        case 429: throw failure("registry \(address.host) got too many requests: try again later")
        default: throw failure("registry \(address.host) answered \(response.status)")
        }
    }

    private func unreachable(_ error: (any Error)?) -> ContainerError {
        guard let error else { return failure("registry \(address.host) gave no answer") }
        let isTLS = String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
        return failure(
            isTLS
                ? "no trusted TLS connection to registry \(address.host): \(error)"
                : "registry \(address.host) can't be reached: \(error)")
    }

    func failure(_ reason: String) -> ContainerError {
        guard let reference else { return .loginRefused(address.host, reason: reason) }
        return .pullFailed(reference.familiar, reason: reason)
    }
}

extension RegistryCredentials {
    fileprivate var basicAuthorization: String {
        "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
    }
}
