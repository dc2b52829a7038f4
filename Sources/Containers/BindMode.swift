/// The words after a bind's second colon, such as `ro,rslave`.
struct BindMode: Hashable, Sendable {
    /// As written.
    let text: String
    private(set) var isReadOnly = false
    private(set) var copiesUp = true
    /// Nil if it was left unsaid.
    private(set) var propagation: MountPoint.Propagation?
    private(set) var owners: IDMapping?
    private(set) var replacement: Replacement?

    /// Which directory of a volume stands in for the whole volume.
    enum Replacement: String, Sendable {
        /// One that is called as the destination is.
        case direct = "dr"
        /// One with a name of its own.
        case random = "rr"
    }

    init(_ text: String) throws(BadMount) {
        self.text = text
        guard !text.isEmpty else { return }
        var seen: [String: Substring] = [:]
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = try take(word) else { continue }
            if let other = seen.updateValue(word, forKey: kind) {
                throw BadMount("mode \"\(text)\" says both \(other) and \(word): choose one")
            }
        }
    }

    /// Takes in one word, and says of which kind it is if there can be only one of the kind.
    private mutating func take(_ word: Substring) throws(BadMount) -> String? {
        if let propagation = MountPoint.Propagation(rawValue: String(word)) {
            self.propagation = propagation
            return "propagation"
        }
        if let replacement = Replacement(rawValue: String(word)) {
            self.replacement = replacement
            return "replacement"
        }
        if word.hasPrefix("idmap=") {
            owners = try IDMapping(String(word.dropFirst("idmap=".count)))
            return "idmap"
        }
        switch word {
        case "ro", "rw":
            isReadOnly = word == "ro"
            return "access"
        case "nocopy":
            copiesUp = false
            return "copy"
        // What it is for is done at each start.
        case "z", "Z":
            return nil
        // Caches of other systems: nothing to do here.
        case "consistent", "cached", "delegated":
            return "consistency"
        default:
            throw BadMount(
                "unknown mode \"\(word)\": use ro, rw, nocopy, dr, rr, z, Z, idmap=…, or one of "
                    + MountPoint.Propagation.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }
}
