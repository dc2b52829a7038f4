import Volumes

/// One `-v`, parsed: `[source:]destination[:mode]`.
struct BindSpecification: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        case anonymous
        case volume(VolumeName)
        /// A cleaned absolute path of the host.
        case host(String)
    }

    let source: Source
    /// Cleaned, absolute, and not `/`.
    let destination: String
    let mode: BindMode

    init(_ text: String) throws(ContainerError) {
        do {
            try self.init(parsing: text)
        } catch {
            throw .invalidMount(text, reason: error.reason)
        }
    }

    private init(parsing text: String) throws(BadMount) {
        guard !text.utf8.contains(0) else { throw BadMount("it has a NUL byte: leave that out") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1:
            source = .anonymous
            destination = try Self.destination(parts[0])
            mode = try BindMode("")
        case 2, 3:
            destination = try Self.destination(parts[1], of: parts[0])
            source = try Self.source(parts[0])
            mode = try BindMode(parts.count > 2 ? parts[2] : "")
        default:
            throw BadMount("it has more than two \":\": write [source:]destination[:mode]")
        }
    }

    /// A container's path as the kernel would see it, without `.`, `..` or doubled slashes.
    static func destination(_ text: String, of source: String = "") throws(BadMount) -> String {
        guard !text.isEmpty else {
            throw BadMount("it names no path in the container: write [source:]destination[:mode]")
        }
        guard text.hasPrefix("/") else {
            let isMode = source.hasPrefix("/") && (try? BindMode(text)) != nil
            throw BadMount(
                isMode
                    ? "a mode needs a source: write NAME:\(source):\(text)"
                    : "its destination \"\(text)\" is not absolute: begin it with \"/\"")
        }
        let path = text.cleanedPath
        guard path != "/" else {
            throw BadMount("its destination is \"/\": choose a directory beneath it")
        }
        return path
    }

    private static func source(_ text: String) throws(BadMount) -> Source {
        guard !text.isEmpty else {
            // More likely a variable that is not set than a wish.
            throw BadMount(
                "its source is empty: name a volume or a directory, "
                    + "or give the destination alone for an anonymous volume")
        }
        if text.hasPrefix("/") { return .host(text.cleanedPath) }
        do {
            return .volume(try VolumeName(text))
        } catch  where text.contains("/") || text.hasPrefix(".") || text.hasPrefix("~") {
            throw BadMount(
                "its source \"\(text)\" is no volume's name: "
                    + "use an absolute path for a directory of the host")
        } catch {
            throw BadMount("its source: \(error)")
        }
    }
}

/// What is wrong with a mount, and what would be right.
struct BadMount: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension String {
    /// An absolute path without `.`, `..`, doubled or trailing slashes, by its text alone.
    var cleanedPath: String {
        var kept: [Substring] = []
        for part in split(separator: "/") where part != "." {
            if part == ".." {
                _ = kept.popLast()
            } else {
                kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
