import Glibc
import Linux

/// Where mounts that the runtime can't make by itself are made for it: parts of volumes, found
/// without trusting symlinks, owners shown as others, images.
///
/// They are needed only until the runtime has made the container's own mounts from them.
struct MountStage: Sendable {
    private static let seconds = 60

    /// Of one container.
    let directory: String

    init(of id: ContainerID, in places: Places) {
        directory = "\(places.state)/mounts/\(id)"
    }

    /// Shows what `path` (or its `part`) holds at a path of its own, which it returns.
    func show(
        _ path: String, part: Subpath?, makesPart: Bool, owners: IDMapping?, as name: String
    ) async throws -> String {
        try await Blocking.run("show \(path)", seconds: Self.seconds) {
            let root = try OpenFile(path, for: .reference, following: true)
            let source = try part.map { try root.part($0, makes: makesPart) } ?? root
            let target = try place(name, like: source)
            try Self.bind(source, on: target, owners: owners)
            return target.path
        }
    }

    /// Shows a layer, read-only, or a part of it.
    func show(_ layer: [LayerMount], part: Subpath?, as name: String) async throws -> String {
        let whole = try await Blocking.run("show an image", seconds: Self.seconds) {
            let path = try makePlace(name + ".image", isDirectory: true)
            for mount in layer { try LayerView.mount(mount, at: path) }
            return path
        }
        return try await show(whole, part: part, makesPart: false, owners: nil, as: name)
    }

    private static func bind(_ source: OpenFile, on target: OpenFile, owners: IDMapping?) throws {
        guard let owners else { return try Mounting.bind(source, on: target) }
        do {
            try Mounting.bind(source, on: target, users: owners.users, groups: owners.groups)
        } catch {
            guard [EINVAL, ENOSYS, EPERM].contains(error.errno) else { throw error }
            throw ContainerError.invalidRequest(
                "idmap=\(owners.text) can't be had at \(source.path): the kernel or the filesystem "
                    + "there shows no owners as others (\(error)); leave idmap out")
        }
    }

    private func place(_ name: String, like source: OpenFile) throws -> OpenFile {
        let isDirectory = try source.status().kind == .directory
        return try OpenFile(makePlace(name, isDirectory: isDirectory), for: .reference)
    }

    func makePlace(_ name: String, isDirectory: Bool) throws -> String {
        let parent = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
        for path in [parent, directory] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw SystemError("mkdir", path, errno: errno)
        }
        let path = "\(directory)/\(name)"
        if isDirectory {
            guard mkdir(path, 0o700) == 0 else { throw SystemError("mkdir", path, errno: errno) }
        } else {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw SystemError("open", path, errno: errno) }
            close(file)
        }
        return path
    }

    func clear() async throws {
        guard (try? FileStatus(of: directory)) != nil else { return }
        try await Self.clear(directory)
    }

    /// Takes away what a crash left of any container.
    static func clean(_ parent: String) async throws {
        guard (try? FileStatus(of: parent)) != nil else { return }
        try await clear(parent)
    }

    private static func clear(_ path: String) async throws {
        try await Blocking.run("clear \(path)", seconds: seconds) {
            for entry in try MountTable().entries(atOrBelow: path).reversed() {
                try Mounting.unmount(entry.path, lazily: true)
            }
            try Tree.remove(path)
        }
    }
}

extension OpenFile {
    /// What a part of this directory holds; symlinks are followed as far as they stay within.
    func part(_ part: Subpath, makes: Bool) throws -> OpenFile {
        if makes { _ = try directory(part, makes: true) }
        do {
            return try open(
                part.description, for: .reference, following: true, within: .beneath)
        } catch {
            let reason =
                error.errno == EXDEV
                ? "it leads out of there by a symlink" : "there is no such file or directory"
            guard [EXDEV, ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            throw ContainerError.invalidRequest(
                "cannot access subpath \(part) of \(path): \(reason)")
        }
    }

    /// A directory below this one, made part by part where it is missing; nil if something else
    /// has its name, or nothing and it isn't to be made.
    func directory(_ part: Subpath, makes: Bool) throws -> OpenFile? {
        var directory = self
        for name in part.parts {
            if makes, try directory.status(of: name) == nil { try? directory.makeDirectory(name) }
            guard let next = try? directory.open(name, for: .directory, within: .beneath) else {
                return nil
            }
            directory = next
        }
        return directory
    }
}
