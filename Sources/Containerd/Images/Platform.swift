/// What kind of machine an image is for.
struct Platform: Hashable, Codable, Sendable, CustomStringConvertible {
    var os: String
    var architecture: String
    var variant: String?

    static let current = Platform(os: "linux", architecture: currentArchitecture)

    var description: String {
        [os, architecture, variant].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// How well an image for `other` suits this machine: more is better, nil not at all.
    func suitability(of other: Platform) -> Int? {
        guard other.os == os, other.architecture == architecture else { return nil }
        let variant = other.variant ?? ""
        return Self.variants[architecture]?.firstIndex(of: variant).map { -$0 }
            ?? (variant.isEmpty ? 0 : nil)
    }

    /// What each kind of machine runs, best first. A newer amd64 than v1 may not be this one.
    private static let variants = [
        "amd64": ["", "v1"],
        "arm64": ["v8", ""],
        "arm": ["v7", "", "v6", "v5"],
    ]

    private static var currentArchitecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(arm)
            "arm"
        #elseif arch(powerpc64le)
            "ppc64le"
        #elseif arch(s390x)
            "s390x"
        #else
            "riscv64"
        #endif
    }
}
