import FoundationEssentials
import NIOSSL

/// A plugin as one file announces it: its name, and where it is asked.
struct PluginSpecification: Hashable, Sendable {
    enum Address: Hashable, Sendable {
        /// The path of a unix socket.
        case socket(String)
        /// Begins with `http://` or `https://`, and has no path.
        case url(String, TLS?)
        /// The file makes no sense: why, and what would.
        case unusable(String)
    }

    /// How an `https` plugin is known, and how we prove who we are.
    struct TLS: Hashable, Sendable {
        var verifies = true
        var authorities: String?
        var certificate: String?
        var key: String?
    }

    let name: String
    let file: String
    let address: Address
    /// Changes when the file is replaced by another: the plugin may be another too.
    let stamp: String

    /// Where it is asked, for people.
    var place: String {
        switch address {
        case .socket(let path): "unix://\(path)"
        case .url(let url, _): url
        case .unusable: ""
        }
    }

    /// Docker's names of plugins: what is safe in a message and in a path.
    static func isName(_ text: some StringProtocol) -> Bool {
        let rest = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")
        guard let first = text.first, first != ".", first != "-", text.utf8.count <= 255 else {
            return false
        }
        return text.allSatisfy(rest.contains)
    }
}

// MARK: - .spec and .json

extension PluginSpecification.Address {
    private static let known = "give unix:///PATH, tcp://HOST:PORT, http://… or https://…"

    /// The content of a `.spec` file: one address.
    init(spec content: String) {
        self.init(content.trimmed, tls: nil)
    }

    /// The content of a `.json` file, whose `Name` means nothing: the file's name counts.
    init(json content: [UInt8]) {
        let shape: Shape
        do {
            shape = try JSONDecoder().decode(Shape.self, from: Data(content))
        } catch {
            self = .unusable(
                #"it is not JSON of the form {"Addr":"https://…","TLSConfig":{…}}"#)
            return
        }
        self.init(shape.address.trimmed, tls: shape.tls.map(PluginSpecification.TLS.init))
    }

    private init(_ text: String, tls: PluginSpecification.TLS?) {
        guard let scheme = text.firstRange(of: "://") else {
            self = .unusable("address \"\(text)\" has no scheme: \(Self.known)")
            return
        }
        let rest = String(text[scheme.upperBound...])
        let host = rest.hasSuffix("/") ? String(rest.dropLast()) : rest
        switch text[..<scheme.lowerBound] {
        case "unix" where rest.hasPrefix("/") && rest.utf8.count <= 107:
            self = .socket(rest)
        case "unix":
            self = .unusable("address \"\(text)\": give an absolute path of 107 bytes or fewer")
        case "tcp", "http", "https":
            guard !host.isEmpty, !host.contains("/"), !host.contains(" ") else {
                self = .unusable("address \"\(text)\": give a host, and perhaps a port, alone")
                return
            }
            let isSecure = text.hasPrefix("https") || tls != nil
            self = .url((isSecure ? "https://" : "http://") + host, isSecure ? tls ?? .init() : nil)
        default:
            self = .unusable("address \"\(text)\" has an unknown scheme: \(Self.known)")
        }
    }

    fileprivate struct Shape: Decodable {
        struct TLS: Decodable {
            let insecure: Bool?
            let authorities: String?
            let certificate: String?
            let key: String?

            enum CodingKeys: String, CodingKey {
                case insecure = "InsecureSkipVerify"
                case authorities = "CAFile"
                case certificate = "CertFile"
                case key = "KeyFile"
            }
        }

        let address: String
        let tls: TLS?

        enum CodingKeys: String, CodingKey {
            case address = "Addr"
            case tls = "TLSConfig"
        }
    }
}

extension PluginSpecification.TLS {
    fileprivate init(_ shape: PluginSpecification.Address.Shape.TLS) {
        verifies = shape.insecure != true
        authorities = shape.authorities.flatMap { $0.isEmpty ? nil : $0 }
        certificate = shape.certificate.flatMap { $0.isEmpty ? nil : $0 }
        key = shape.key.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads the files that it names; so it may block.
    func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.trustRoots = .file(authorities) }
        // Never by default, as Docker does without a CAFile: who can't be known is not asked.
        if !verifies { configuration.certificateVerification = .none }
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate)
                .map { .certificate($0) }
        }
        if let key {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
        return configuration
    }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
