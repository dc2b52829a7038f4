import Glibc
import Linux
import Synchronization
import Volumes

/// What a container sees, for those who copy to or from it.
extension ContainerCore {
    /// The root of a container that runs, through its own process.
    func liveRoot(of container: Container) async throws -> ContainerRoot? {
        guard case .running(let run) = container.state, let pid = run.pid else { return nil }
        return try await Blocking.run("look into \(container.name)", seconds: 30) {
            // The process may have ended, and nobody have heard of it yet.
            guard let root = try Self.root(of: pid) else { return nil }
            // Its number may have gone to another.
            guard let groups = try? OpenFile.text(at: "/proc/\(pid)/cgroup"),
                groups.contains(container.id.description)
            else { return nil }
            return ContainerRoot(root: root, container: container)
        }
    }

    /// Nil if the process has ended, or is about to: then it has no root any more.
    static func root(of process: Int32) throws(SystemError) -> OpenFile? {
        do throws(SystemError) {
            return try OpenFile("/proc/\(process)/root", for: .directory, following: true)
        } catch {
            guard error.isMissing || error.errno == ESRCH else { throw error }
            return nil
        }
    }

    /// Shows what a container that doesn't run would see, for as long as `body` takes. The caller
    /// has the container's turn.
    func withStillRoot<Answer: Sendable>(
        of container: Container, _ body: (ContainerRoot) async throws -> Answer
    ) async throws -> Answer {
        guard container.phase == .ready else {
            throw ContainerError.noSuchContainer(container.id.short)
        }
        let image = try await runtime.image(container.imageID)
        let layer = try await runtime.makeLayer(for: container.id, over: image)
        let stage = MountStage(of: container.id, in: places)
        do {
            let mounts = try await attachMounts(of: container)
            let root = try await stage.assemble(layer, container, mounts)
            let answer = try await body(ContainerRoot(root: root, container: container))
            await leave(container)
            return answer
        } catch {
            await leave(container)
            throw error
        }
    }

    private func leave(_ container: Container) async {
        await clearStage(of: container)
        await detachVolumes(of: container)
    }

    /// Who owns what is copied in for the container's own user.
    func owner(for container: Container) async throws -> (user: UInt32, group: UInt32)? {
        guard !container.process.user.isEmpty else { return nil }
        let image = try await runtime.image(container.imageID)
        let layer = try await runtime.makeLayer(for: container.id, over: image)
        let accounts = try await look(into: layer, for: container.id).accounts()
        let identity = try accounts.identity(of: container.process.user)
        return (identity.user, identity.group)
    }
}

extension MountStage {
    /// Mounts a container's layer and, in it, what it sees besides; returns the root.
    fileprivate func assemble(
        _ layer: [LayerMount], _ container: Container, _ mounts: [Volumes.Mount]
    ) async throws -> OpenFile {
        try await Blocking.run("look into \(container.name)", seconds: 60) {
            let path = try makePlace("root", isDirectory: true)
            for mount in layer { try LayerView.mount(mount, at: path) }
            let root = try OpenFile(path, for: .directory)
            for (point, mount) in zip(container.mounts, mounts) where mount.type == "bind" {
                let source = try OpenFile(mount.source, for: .reference, following: true)
                let isDirectory = try source.status().kind == .directory
                let target = try root.mountPoint(point.destination, isDirectory: isDirectory)
                try Mounting.bind(
                    source, on: target, isRecursive: mount.options.contains("rbind"))
                guard point.isReadOnly else { continue }
                try Mounting.makeReadOnly(
                    root.open(
                        point.destination, for: .reference, following: true, within: .inRoot))
            }
            if container.request.hasReadOnlyRoot {
                try Mounting.makeReadOnly(OpenFile(path, for: .reference))
            }
            return try OpenFile(path, for: .directory)
        }
    }
}

extension OpenFile {
    /// Where a mount is to be, made if it isn't there.
    fileprivate func mountPoint(
        _ path: String, isDirectory: Bool
    ) throws -> OpenFile {
        do {
            return try open(path, for: .reference, following: true, within: .inRoot)
        } catch {
            guard error.isMissing else { throw error }
        }
        var directory = self
        var parts = path.split(separator: "/").map(String.init)
        let last = isDirectory ? nil : parts.popLast()
        for name in parts {
            if try directory.status(of: name) == nil { try directory.makeDirectory(name) }
            directory = try directory.open(name, for: .directory, following: true, within: .beneath)
        }
        guard let last else { return directory }
        try directory.makeFile(last)
        return try directory.open(last, for: .reference, within: .beneath)
    }
}
