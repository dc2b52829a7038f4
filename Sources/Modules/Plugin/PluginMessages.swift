import FoundationEssentials

/// What is said to plugins, and what they answer.
enum PluginMessage {
    struct Nothing: Codable, Sendable {}

    struct Creation: Encodable, Sendable {
        let name: String
        let options: [String: String]?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case options = "Opts"
        }
    }

    struct Naming: Encodable, Sendable {
        let name: String

        enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    struct Mounting: Encodable, Sendable {
        let name: String
        let id: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case id = "ID"
        }
    }

    struct Refusal: Decodable, Sendable {
        let reason: String?

        enum CodingKeys: String, CodingKey { case reason = "Err" }
    }

    struct Activation: Decodable, Sendable {
        let implements: [String]?

        enum CodingKeys: String, CodingKey { case implements = "Implements" }
    }

    struct Capabilities: Decodable, Sendable {
        struct Content: Decodable, Sendable {
            let scope: String?

            enum CodingKeys: String, CodingKey { case scope = "Scope" }
        }

        let capabilities: Content?

        enum CodingKeys: String, CodingKey { case capabilities = "Capabilities" }
    }

    struct Place: Decodable, Sendable {
        let mountpoint: String?

        enum CodingKeys: String, CodingKey { case mountpoint = "Mountpoint" }
    }

    struct Found: Decodable, Sendable {
        let volume: Volume?

        enum CodingKeys: String, CodingKey { case volume = "Volume" }
    }

    struct List: Decodable, Sendable {
        let volumes: [Volume]?

        enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
    }

    struct Volume: Decodable, Sendable {
        let name: String
        let mountpoint: String?
        let createdAt: String?
        let status: [String: StatusValue]?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case mountpoint = "Mountpoint"
            case createdAt = "CreatedAt"
            case status = "Status"
        }

        /// Nil if there is none, or none that makes sense: it is not worth failing for.
        var date: Date? {
            guard let createdAt else { return nil }
            // Go writes fractions of a second when there are any.
            return (try? Date(createdAt, strategy: .iso8601))
                ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                    .parse(createdAt))
        }
    }

    /// Anything that JSON can say, as a text: what is no scalar is JSON again.
    enum StatusValue: Decodable, Sendable {
        case text(String)
        case integer(Int64)
        case number(Double)
        case flag(Bool)
        case list([StatusValue])
        case object([String: StatusValue])
        case nothing

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .nothing
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let integer = try? container.decode(Int64.self) {
                self = .integer(integer)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([StatusValue].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: StatusValue].self))
            }
        }

        var words: String {
            if case .text(let text) = self { return text }
            return json
        }

        private var json: String {
            switch self {
            case .text(let text): Self.quoted(text)
            case .integer(let integer): "\(integer)"
            case .number(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
            case .object(let object):
                "{"
                    + object.sorted { $0.key < $1.key }
                    .map { Self.quoted($0.key) + ":" + $0.value.json }.joined(separator: ",") + "}"
            case .nothing: "null"
            }
        }

        private static func quoted(_ text: String) -> String {
            let data = try? JSONEncoder().encode(text)
            return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        }
    }
}
