import Glibc
import Linux

/// A container's root as its layer shows it, for as long as this object lives.
///
/// The mount is taken out of sight at once: what looks at it holds its root open. Paths are
/// followed as the container would, never out of it.
final class LayerView: Sendable {
    private static let seconds = 60
    private static let longestAccounts = 4 << 20

    let root: OpenFile

    private init(_ root: OpenFile) {
        self.root = root
    }

    /// `place` is a directory of its own, which is made and removed.
    static func open(_ mounts: [LayerMount], at place: String) async throws -> LayerView {
        try await Blocking.run("mount a layer at \(place)", seconds: seconds) {
            let parent = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
            mkdir(parent, 0o700)
            guard mkdir(place, 0o700) == 0 || errno == EEXIST else {
                throw SystemError("mkdir", place, errno: errno)
            }
            defer { rmdir(place) }
            for (index, layer) in mounts.enumerated() {
                do {
                    try mount(layer, at: place)
                } catch {
                    for _ in 0..<index { try? Mounting.unmount(place, lazily: true) }
                    throw error
                }
            }
            defer { for _ in mounts { try? Mounting.unmount(place, lazily: true) } }
            return LayerView(try OpenFile(place, for: .directory))
        }
    }

    /// The root that a running process has.
    static func open(rootOf process: Int32) async throws -> LayerView {
        let path = "/proc/\(process)/root"
        return try await Blocking.run("open \(path)", seconds: seconds) {
            LayerView(try OpenFile(path, for: .directory, following: true))
        }
    }

    static func mount(_ layer: LayerMount, at place: String) throws {
        var flags: Mounting.Flags = []
        var options: [String] = []
        for option in layer.options {
            switch option {
            case "ro": flags.insert(.readOnly)
            case "rw": break
            case "bind", "rbind": flags.insert(.bind)
            default: options.append(option)
            }
        }
        let target = try OpenFile(place, for: .directory)
        if layer.type == "bind" { flags.insert(.bind) }
        let text = try MountText(options)
        try withExtendedLifetime(text) {
            try Mounting.mount(
                layer.source, on: target, type: layer.type, flags, options: text.text)
        }
    }

    /// Removes what a crash between mounting and unmounting left.
    static func clean(_ parent: String) async throws {
        try await Blocking.run("unmount left layers at \(parent)", seconds: seconds) {
            for entry in try MountTable().entries(atOrBelow: parent) {
                try Mounting.unmount(entry.path, lazily: true)
            }
        }
    }

    // MARK: Looking

    /// The directory that a container would reach by this path; nil if there is none.
    func directory(_ path: String) throws(SystemError) -> OpenFile? {
        do {
            return try root.open(path, for: .directory, following: true, within: .inRoot)
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// The users and groups that the root knows.
    func accounts() async throws -> Accounts {
        try await Blocking.run("read accounts", seconds: Self.seconds) { [self] in
            Accounts(passwd: try text(of: "/etc/passwd"), group: try text(of: "/etc/group"))
        }
    }

    /// Of a regular file; empty if there is none.
    private func text(of path: String) throws(SystemError) -> String {
        let file: OpenFile
        do {
            file = try root.open(path, for: .reading, following: true, within: .inRoot)
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            return ""
        }
        let status = try file.status()
        guard status.kind == .file, status.size <= Self.longestAccounts else { return "" }
        var bytes = [UInt8](repeating: 0, count: Int(status.size))
        let count = pread(file.descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw SystemError("read", path, errno: errno) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// A mount's options in one string, which the kernel wants no longer than a page.
///
/// Images have many layers, so what their paths have in common is held open, and named by its
/// descriptor, where the whole would be too long.
private struct MountText {
    private static let longest = 4000

    let text: String
    /// Must be open when the text is used.
    private let directory: OpenFile?

    init(_ options: [String]) throws(SystemError) {
        let whole = options.joined(separator: ",")
        let lower = options.first { $0.hasPrefix("lowerdir=") } ?? ""
        let paths = lower.dropFirst("lowerdir=".count).split(separator: ":")
        guard whole.utf8.count > Self.longest, let common = Self.commonDirectory(of: paths) else {
            text = whole
            directory = nil
            return
        }
        let directory = try OpenFile(common, for: .reference, following: true)
        self.directory = directory
        text = whole.split(separator: common, omittingEmptySubsequences: false)
            .joined(separator: directory.pinnedPath)
    }

    /// What all paths begin with, up to a slash and without it.
    private static func commonDirectory(of paths: [Substring]) -> String? {
        guard var common = paths.first else { return nil }
        for path in paths { common = common.commonPrefix(with: path) }
        guard let slash = common.lastIndex(of: "/"), slash != common.startIndex else { return nil }
        return String(common[..<slash])
    }
}

extension Substring {
    fileprivate func commonPrefix(with other: Substring) -> Substring {
        var end = startIndex
        for (one, two) in zip(indices, other.indices) {
            guard self[one] == other[two] else { break }
            end = index(after: one)
        }
        return self[..<end]
    }
}
