import Volumes

/// How much of a disk a container may fill: what `--disk-quota` and `--quota-id` say.
///
/// Each rule limits what it names among the container's own layer, `/`, and its volumes, by where
/// the container sees them.
public struct DiskQuota: Codable, Hashable, Sendable {
    /// In which projects what is limited is counted.
    public enum Identity: Codable, Hashable, Sendable {
        /// One for each match of a rule.
        case each
        /// One for all, which pouchd chooses.
        case shared
        /// One for all.
        case given(UInt32)
    }

    public struct Rule: Codable, Hashable, Sendable {
        /// A path, paths joined by `&`, or a regular expression.
        public let text: String
        /// As it was asked for.
        public let sizeText: String
        /// Bytes.
        public let size: Int64
    }

    /// Sorted by their texts.
    public let rules: [Rule]
    public let identity: Identity

    static let smallest: Int64 = 64 << 10

    /// Nil if nothing is asked for. `id` is empty or 0 for none, negative for any, else a project's.
    public init?(_ sizes: [String: String], id: String) throws(ContainerError) {
        let identity = try Self.identity(id)
        guard !sizes.isEmpty else {
            guard identity == .each else {
                throw .invalidRequest(
                    "invalid to set quota id(\(id)) without disk-quota: give a disk-quota too")
            }
            return nil
        }
        guard sizes.count == 1 || identity == .each else {
            throw .invalidRequest(
                "invalid to set quota id(\(id)) for multi disk-quota: give one disk-quota, or "
                    + "join paths with &")
        }
        var rules: [Rule] = []
        for (text, size) in sizes.sorted(by: { $0.key < $1.key }) {
            rules.append(try Self.rule(text, size))
        }
        self.rules = rules
        self.identity = identity
    }

    private static func identity(_ text: String) throws(ContainerError) -> Identity {
        guard !["", "0"].contains(text) else { return .each }
        guard let number = Int64(text), text.first != "+", number < Int64(UInt32.max) else {
            throw .invalidRequest(
                "invalid quota id \"\(text)\": give a number up to \(UInt32.max - 1), or -1 to have "
                    + "one chosen")
        }
        return number < 0 ? .shared : .given(UInt32(number))
    }

    private static func rule(_ text: String, _ size: String) throws(ContainerError) -> Rule {
        guard !text.isEmpty else {
            throw .invalidRequest(
                "invalid disk-quota \"=\(size)\": name what is limited, such as /data=\(size)")
        }
        let bytes: Int64
        do {
            bytes = try ByteCount(size).bytes
        } catch {
            throw .invalidRequest("invalid disk-quota \"\(text)=\(size)\": \(error)")
        }
        guard bytes >= smallest else {
            throw .invalidRequest(
                "invalid disk-quota \"\(text)=\(size)\": the smallest is "
                    + "\(ByteCount(bytes: smallest))")
        }
        let rule = Rule(text: text, sizeText: size, size: bytes)
        if text.contains("&") {
            let paths = text.split(separator: "&", omittingEmptySubsequences: false)
            guard paths.allSatisfy({ $0.hasPrefix("/") }) else {
                throw .invalidRequest(
                    "invalid disk-quota \"\(text)=\(size)\": join absolute paths with &, such as "
                        + "/&/data")
            }
        } else if (try? Regex(text)) == nil {
            throw .invalidRequest(
                "invalid disk-quota \"\(text)=\(size)\": \(text) is neither a path nor a regular "
                    + "expression")
        }
        return rule
    }
}

extension DiskQuota.Rule {
    /// What matches everything that no other rule does.
    static let all = ".*"

    /// The paths that it joins; nil if it joins none.
    var together: [String]? {
        guard text.contains("&") else { return nil }
        return text.split(separator: "&", omittingEmptySubsequences: false).map {
            String($0).cleanedPath
        }
    }

    /// The paths that it names outright.
    var named: [String] { together ?? [text.hasPrefix("/") ? text.cleanedPath : text] }

    func matches(_ path: String) -> Bool {
        guard together == nil, let pattern = try? Regex(text) else { return false }
        return path.wholeMatch(of: pattern) != nil
    }
}
