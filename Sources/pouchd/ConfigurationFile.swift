import FoundationEssentials
import Linux

/// The settings in a configuration file: the same words as after `--` on the command line.
struct ConfigurationFile {
    private static let texts: Set = [
        "home-dir", "state-dir", "tmpfs-dir", "containerd", "default-size", "btrfs-quota",
        "bridge", "bridge-subnet", "log-level", "docker-plugin", "plugin-timeout",
        "plugin-list-timeout", "plugin-retries", "plugin-wait", "csi-endpoint", "csi-node",
    ]
    private static let lists: Set = ["listen", "plugin-dir"]
    /// Objects of objects of strings.
    private static let tables: Set = ["ceph"]

    let path: String
    let texts: [String: String]
    let lists: [String: [String]]
    let tables: [String: Table]

    typealias Table = [String: [String: String]]

    /// A file that is not there is as good as an empty one, unless somebody named it.
    init(_ path: String, isNamed: Bool) throws {
        self.path = path
        guard isNamed || FileManager.default.fileExists(atPath: path) else {
            (texts, lists, tables) = ([:], [:], [:])
            return
        }
        let data: Data
        do {
            data = Data(try OpenFile.bytes(at: path))
        } catch {
            throw ConfigurationError("cannot read \(path): \(error.reason)")
        }
        (texts, lists, tables) = try Self.parse(data, path)
    }

    private static func parse(
        _ data: Data, _ path: String
    ) throws -> ([String: String], [String: [String]], [String: Table]) {
        let values: [String: Value]
        do {
            values = try JSONDecoder().decode([String: Value].self, from: data)
        } catch {
            throw ConfigurationError("\(path) is not a JSON object: \(reason(error))")
        }
        var texts: [String: String] = [:]
        var lists: [String: [String]] = [:]
        var tables: [String: Table] = [:]
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .text(let text) where Self.texts.contains(key): texts[key] = text
            case .list(let list) where Self.lists.contains(key): lists[key] = list
            case .table(let table) where Self.tables.contains(key): tables[key] = table
            default: throw wrong(key, path)
            }
        }
        return (texts, lists, tables)
    }

    private static func wrong(_ key: String, _ path: String) -> ConfigurationError {
        if texts.contains(key) { return ConfigurationError("\(path): \(key) must be a string") }
        if lists.contains(key) {
            return ConfigurationError("\(path): \(key) must be an array of strings")
        }
        if tables.contains(key) {
            return ConfigurationError("\(path): \(key) must be an object of objects of strings")
        }
        let known = texts.union(lists).union(tables).sorted().joined(separator: ", ")
        return ConfigurationError("\(path): unknown key \"\(key)\": use \(known)")
    }

    private static func reason(_ error: any Error) -> String {
        guard case .dataCorrupted(let context)? = error as? DecodingError else {
            return "\(error)"
        }
        return context.underlyingError.map { "\($0)" } ?? context.debugDescription
    }

    private enum Value: Decodable {
        case text(String)
        case list([String])
        case table(Table)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([String].self) {
                self = .list(list)
            } else if let table = try? container.decode(Table.self) {
                self = .table(table)
            } else {
                self = .other
            }
        }
    }
}

/// Settings that make no sense: which, and what would.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
