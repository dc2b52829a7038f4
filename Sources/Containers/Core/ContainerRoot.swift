import Linux

/// All that a container sees, by its own paths; nothing outside is reached, whatever its symlinks
/// say and whoever changes them meanwhile.
struct ContainerRoot: Sendable {
    private static let seconds = 60

    let root: OpenFile
    let container: Container

    /// Where a path's last part is, which need not exist.
    private func place(_ path: String) throws -> (directory: OpenFile, name: String) {
        let parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        let followsLast = path.hasSuffix("/") || path.hasSuffix("/.")
        guard let last = parts.last, last != ".." else {
            return (try open(path), ".")
        }
        let parent = try open("/" + parts.dropLast().joined(separator: "/"))
        guard followsLast, let kind = try parent.status(of: last)?.kind, kind == .symlink else {
            return (parent, last)
        }
        // With a slash at its end a path means what a symlink leads to.
        return (try open(path), ".")
    }

    private func open(_ path: String) throws -> OpenFile {
        do {
            return try root.open(path, for: .directory, following: true, within: .inRoot)
        } catch {
            guard error.errno == 2 || error.errno == 20 || error.errno == 40 else { throw error }
            throw ContainerError.noSuchPath(path, in: container.name)
        }
    }

    func status(of path: String) async throws -> PathStatus {
        try await Blocking.run("look at \(path)", seconds: Self.seconds) {
            let (directory, name) = try place(path)
            guard let status = try directory.status(of: name) else {
                throw ContainerError.noSuchPath(path, in: container.name)
            }
            let target = status.kind == .symlink ? try directory.linkTarget(of: name) : ""
            return PathStatus(name: Self.lastPart(of: path), status, linkTarget: target)
        }
    }

    /// What is to be packed for a path: entries are called as the path's last part is.
    func subject(_ path: String) async throws -> Archiving.Subject {
        try await Blocking.run("look at \(path)", seconds: Self.seconds) {
            let (directory, name) = try place(path)
            guard try directory.status(of: name) != nil else {
                throw ContainerError.noSuchPath(path, in: container.name)
            }
            let shown = path.hasSuffix("/.") ? "." : Self.lastPart(of: path)
            return Archiving.Subject(
                root: root, directory: directory, name: name, as: shown == "/" ? "." : shown,
                keepsToMount: false)
        }
    }

    /// The directory that a path leads to, to make things in.
    func directory(_ path: String) async throws -> OpenFile {
        try await Blocking.run("look at \(path)", seconds: Self.seconds) {
            try destination(path)
        }
    }

    private func destination(_ path: String) throws -> OpenFile {
        do {
            return try root.open(path, for: .directory, following: true, within: .inRoot)
        } catch {
            switch error.errno {
            case 2: throw ContainerError.noSuchPath(path, in: container.name)
            case 20: throw ContainerError.invalidRequest("extraction point is not a directory")
            default: throw error
            }
        }
    }

    private static func lastPart(of path: String) -> String {
        path.split(separator: "/").last { $0 != "." }.map(String.init) ?? "/"
    }
}
