/// A container's layer for those who only look, while the container may run and write.
extension [LayerMount] {
    /// Where the overlay keeps what the container wrote; nil where the layer is no overlay.
    var upper: String? { value(of: "upperdir") }

    /// The same to be looked at: nothing is ever written through it.
    var forLooking: [LayerMount] {
        guard let overlay = last, let upper, let lower = value(of: "lowerdir") else { return self }
        return dropLast() + [overlay.over([upper, lower])]
    }

    /// What is below the container's own layer.
    var image: [LayerMount] {
        guard let overlay = last, let lower = value(of: "lowerdir") else { return [] }
        guard lower.contains(":") else {
            return dropLast() + [LayerMount(type: "bind", source: lower, options: ["rbind"])]
        }
        return dropLast() + [overlay.over([lower])]
    }

    private func value(of key: String) -> String? {
        guard let overlay = last, overlay.type == "overlay" else { return nil }
        return overlay.options.first { $0.hasPrefix(key + "=") }
            .map { String($0.dropFirst(key.count + 1)) }
    }
}

extension LayerMount {
    private static let writing = ["lowerdir=", "upperdir=", "workdir="]

    fileprivate func over(_ layers: [String]) -> LayerMount {
        let others = options.filter { option in
            !Self.writing.contains { option.hasPrefix($0) } && option != "rw"
        }
        return LayerMount(
            type: type, source: source,
            options: ["ro", "lowerdir=" + layers.joined(separator: ":")] + others)
    }
}
