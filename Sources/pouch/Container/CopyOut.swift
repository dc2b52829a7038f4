import ArgumentParser
import Glibc
import PouchClient

/// Copies from a container to this host.
struct CopyOut {
    let client: Client
    let container: String
    let keepsOwners: Bool

    func run(_ source: String, to destination: String, following: Bool) async throws {
        let (source, found) = try await resolved(source, following)
        guard destination != "-" else {
            return try await client.packContainer(container, path: source) { bytes in
                try bytes.withUnsafeBufferPointer { try Console.write($0, to: STDOUT_FILENO) }
            }
        }
        if found.isDirectory {
            try await copyDirectory(source, found, to: destination)
        } else {
            try await copyFile(source, found, to: destination)
        }
    }

    private func resolved(
        _ path: String, _ following: Bool
    ) async throws -> (String, Client.PathStat) {
        var path = path.hasPrefix("/") ? path : "/" + path
        for _ in 0..<40 {
            guard let found = try await client.stat(path, in: container) else {
                throw ClientError.failed(
                    "Could not find the file \(path) in container \(container)")
            }
            guard following, found.isSymlink else { return (path, found) }
            path =
                found.linkTarget.hasPrefix("/")
                ? found.linkTarget : HostPath(path).directory + "/" + found.linkTarget
        }
        throw ClientError.failed("\(path) in container \(container) leads in circles")
    }

    /// Into a directory that is there, under its own name; else it becomes what was named.
    private func copyDirectory(
        _ source: String, _ found: Client.PathStat, to destination: String
    ) async throws {
        let place = HostPath(destination)
        guard place.isDirectory || !place.exists else {
            throw ClientError.failed("\(destination) is a file: it can't hold \(source)")
        }
        let goesIn = place.isDirectory && !source.hasSuffix("/.") && found.name != "/"
        let target = goesIn ? "\(destination)/\(found.name)" : destination
        guard HostPath(target).isDirectory || mkdir(target, 0o755) == 0 else {
            throw ClientError.unwritable(target, errno: errno)
        }
        let contents = source.hasSuffix("/.") ? source : source + "/."
        try await unpack(contents, into: target)
    }

    private func copyFile(
        _ source: String, _ found: Client.PathStat, to destination: String
    ) async throws {
        let place = HostPath(destination)
        guard place.isDirectory || !destination.hasSuffix("/") else {
            throw ClientError.failed("there is no directory \(destination)")
        }
        let target = place.isDirectory ? "\(destination)/\(found.name)" : destination
        let draft = "\(HostPath(target).directory)/.pouch-cp.\(getpid())"
        guard mkdir(draft, 0o700) == 0 else { throw ClientError.unwritable(draft, errno: errno) }
        defer { rmdir(draft) }
        let part = "\(draft)/\(found.name)"
        defer { unlink(part) }
        try await unpack(source, into: draft)
        guard rename(part, target) == 0 else {
            throw ClientError.unwritable(target, errno: errno)
        }
    }

    private func unpack(_ path: String, into directory: String) async throws {
        let owners = keepsOwners && geteuid() == 0
        let tar = try Tar(
            [
                "--extract", "--file=-", "--directory=\(directory)", "--numeric-owner",
                "--preserve-permissions", owners ? "--same-owner" : "--no-same-owner",
            ], .takes)
        let descriptor = tar.descriptor
        do {
            try await client.packContainer(container, path: path) { bytes in
                try bytes.withUnsafeBufferPointer { try Console.write($0, to: descriptor) }
            }
        } catch {
            _ = try? tar.finish()
            throw error
        }
        try tar.finish()
    }
}
