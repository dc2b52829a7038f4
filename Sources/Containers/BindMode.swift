/// The words after a bind's second colon, such as `ro,rslave`.
struct BindMode: Hashable, Sendable {
    /// As written.
    let text: String
    private(set) var isReadOnly = false
    private(set) var copiesUp = true
    /// Nil if it was left unsaid.
    private(set) var propagation: MountPoint.Propagation?

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
        switch word {
        case "ro", "rw":
            isReadOnly = word == "ro"
            return "access"
        case "nocopy":
            copiesUp = false
            return "copy"
        // Labels for SELinux, and caches of other systems: nothing to do here.
        case "z", "Z":
            return nil
        case "consistent", "cached", "delegated":
            return "consistency"
        case "dr", "rr":
            throw BadMount("mode \"\(word)\" is not supported yet: mount the whole volume")
        default:
            throw BadMount(
                "unknown mode \"\(word)\": use ro, rw, nocopy, z, Z, or one of "
                    + MountPoint.Propagation.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }
}
