/// Names for containers: docker's rule, and names for those that were given none.
enum ContainerName {
    /// Docker's clients may put a slash before it.
    static func parse(_ text: String) throws(ContainerError) -> String {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        guard name.utf8.count <= 255, name.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/) != nil
        else { throw .invalidName(text) }
        return name
    }

    /// A name that is easy to say; `isFree` says which ones nobody has.
    static func random(
        using generator: inout some RandomNumberGenerator, isFree: (String) -> Bool
    ) -> String {
        while true {
            let adjective = adjectives.randomElement(using: &generator) ?? "plain"
            let noun = nouns.randomElement(using: &generator) ?? "pouch"
            let name = "\(adjective)_\(noun)"
            if isFree(name) { return name }
            let numbered = name + String(Int.random(in: 2...99_999, using: &generator))
            if isFree(numbered) { return numbered }
        }
    }

    private static let adjectives = [
        "amber", "brave", "bright", "calm", "clever", "cosy", "early", "fair", "gentle", "golden",
        "handy", "humble", "jolly", "keen", "kind", "lively", "lucky", "mellow", "merry", "neat",
        "nimble", "patient", "plain", "proud", "quick", "quiet", "ready", "silver", "steady",
        "sunny", "swift", "tidy", "warm", "wise", "young",
    ]

    private static let nouns = [
        "anchor", "basket", "beacon", "bridge", "brook", "cabin", "canoe", "cedar", "cliff",
        "clover", "comet", "compass", "fern", "field", "harbor", "heron", "island", "joey",
        "kettle", "ladder", "lantern", "maple", "meadow", "otter", "pebble", "pocket", "quill",
        "river", "robin", "saddle", "sparrow", "stone", "thistle", "valley", "wallaby", "willow",
    ]
}
