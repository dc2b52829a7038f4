import Volumes

/// A snapshot that a new image begins as: `pool/image@snapshot`, or `pool/namespace/image@snapshot`.
struct CephBase: Hashable, Sendable, CustomStringConvertible {
    let pool: String
    let namespace: String
    let image: String
    let snapshot: String

    init(_ text: String) throws(VolumeError) {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        let words = parts + halves.dropFirst()
        let arePlain = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        }
        guard halves.count == 2, (2...3).contains(parts.count), arePlain else {
            throw .invalidOption(
                "base", value: text,
                reason: "give pool/image@snapshot, or pool/namespace/image@snapshot")
        }
        pool = String(parts[0])
        namespace = parts.count == 3 ? String(parts[1]) : ""
        image = String(parts[parts.count - 1])
        snapshot = String(halves[1])
    }

    var description: String {
        (namespace.isEmpty ? "\(pool)/\(image)" : "\(pool)/\(namespace)/\(image)")
            + "@\(snapshot)"
    }
}
