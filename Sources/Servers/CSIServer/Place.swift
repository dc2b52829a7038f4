import GRPCCore
import Linux

/// Where an orchestrator wants to see a volume: an absolute path on this host.
struct Place: Hashable, Sendable, CustomStringConvertible {
    private static let longest = 4095

    /// Without empty parts.
    let path: String
    private let parent: String
    private let name: String

    init(_ text: String, _ field: String) throws(RPCError) {
        let text = try text.required(field)
        let parts = text.split(separator: "/").map(String.init)
        guard text.hasPrefix("/"), let name = parts.last, !parts.contains("."),
            !parts.contains(".."), !text.utf8.contains(0), text.utf8.count <= Self.longest
        else {
            throw .invalid("\(field) must be an absolute path without \".\" and \"..\"")
        }
        self.name = name
        parent = "/" + parts.dropLast().joined(separator: "/")
        path = "/" + parts.joined(separator: "/")
    }

    var description: String { path }

    // MARK: Show

    /// Has the directory at `source` seen here, unless it is. Blocks.
    ///
    /// - Parameter making: Whether the directory here is ours to make.
    func show(_ source: String, _ flags: Mounting.Flags, making: Bool) throws {
        let source = try OpenFile(source, for: .directory)
        let parent = try openParent()
        if let mount = try mount(in: parent) {
            guard try isShown(source, at: parent) else {
                throw RPCError.precondition(
                    "\(path): \(mount.type) \(mount.source) is mounted there: unmount it first")
            }
            guard mount.options.contains("ro") || !flags.contains(.readOnly) else {
                throw RPCError.precondition("\(path): the volume is mounted there for writing")
            }
            return
        }
        if making { try parent.makeMissingDirectory(name, mode: 0o755) }
        let target = try openTarget(in: parent)
        guard try target.isEmpty() else {
            throw RPCError.precondition("\(path) is not empty: its files would be hidden")
        }
        do {
            try Mounting.bind(source, on: target, restricting: flags, isRecursive: false)
        } catch {
            if making { try? parent.removeDirectory(name) }
            throw error
        }
    }

    private func openParent() throws -> OpenFile {
        do {
            return try OpenFile(parent, for: .directory, following: true)
        } catch {
            guard error.isMissing else { throw error }
            throw RPCError.precondition(
                "\(parent) is missing: the orchestrator makes the directory above a target")
        }
    }

    private func openTarget(in parent: OpenFile) throws -> OpenFile {
        do {
            return try parent.open(name, for: .directory)
        } catch {
            guard error.isMissing else { throw error }
            throw RPCError.precondition(
                "\(path) is missing: the orchestrator makes the staging directory")
        }
    }

    private func mount(in parent: OpenFile) throws -> MountTable.Entry? {
        let canonical = try parent.canonicalPath()
        return try MountTable().entry(at: canonical == "/" ? "/" + name : "\(canonical)/\(name)")
    }

    private func isShown(_ source: OpenFile, at parent: OpenFile) throws -> Bool {
        let here = try parent.status(of: name)
        let there = try source.status()
        return here?.inode == there.inode && here?.device == there.device
    }

    // MARK: Hide

    /// Whether anything is mounted here. Blocks.
    func isMounted() throws -> Bool {
        guard let parent = try openExistingParent() else { return false }
        return try mount(in: parent) != nil
    }

    /// Unmounts what is mounted here; with `removing`, the directory goes too. Blocks.
    func hide(removing: Bool) throws {
        guard let parent = try openExistingParent() else { return }
        while let mount = try mount(in: parent) {
            try Mounting.unmount(mount.path)
        }
        guard removing else { return }
        do {
            try parent.removeDirectory(name)
        } catch {
            guard error.isMissing else { throw error }
        }
    }

    private func openExistingParent() throws -> OpenFile? {
        do {
            return try OpenFile(parent, for: .directory, following: true)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }
}
