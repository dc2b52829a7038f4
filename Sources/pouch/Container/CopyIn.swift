import ArgumentParser
import Glibc
import PouchClient

/// Copies from this host to a container.
struct CopyIn {
    let client: Client
    let container: String
    let ownedByUser: Bool

    func run(_ source: String, to destination: String, following: Bool) async throws {
        let destination = destination.hasPrefix("/") ? destination : "/" + destination
        guard source != "-" else {
            return try await send(Source(STDIN_FILENO, name: "stdin"), to: destination)
        }
        let path = try following ? HostPath(source).resolved() : source
        let place = HostPath(path)
        guard place.exists else { throw ClientError.unreadable(source, errno: ENOENT) }
        let found = try await client.stat(
            destination.hasSuffix("/") ? destination + "." : destination, in: container)
        let isIntoDirectory = try await isDirectory(found, destination)
        guard !place.isDirectory || source.hasSuffix("/.") || isIntoDirectory || found == nil else {
            throw ClientError.failed("\(destination) is a file: it can't hold \(source)")
        }
        guard isIntoDirectory || !destination.hasSuffix("/") else {
            throw ClientError.failed("there is no directory \(destination) in \(container)")
        }
        let name = HostPath(source).name
        if place.isDirectory {
            guard isIntoDirectory else {
                return try await pack(
                    path, ".", as: HostPath(destination).name,
                    to: HostPath(destination).directory)
            }
            let isContents = source.hasSuffix("/.") || name == "/"
            try await pack(path, ".", as: isContents ? "." : name, to: destination)
        } else {
            try await pack(
                place.directory, place.name,
                as: isIntoDirectory ? name : HostPath(destination).name,
                to: isIntoDirectory ? destination : HostPath(destination).directory)
        }
    }

    private func isDirectory(
        _ found: Client.PathStat?, _ path: String
    ) async throws -> Bool {
        guard let found, found.isSymlink else { return found?.isDirectory ?? false }
        return try await client.stat(path + "/.", in: container)?.isDirectory ?? false
    }

    /// Sends an entry of a directory under another name.
    private func pack(
        _ directory: String, _ entry: String, as name: String, to path: String
    ) async throws {
        let escaped = name.reduce(into: "") { text, character in
            text += "\\&,".contains(character) ? "\\\(character)" : String(character)
        }
        let pattern = entry == "." ? "^\\." : "^.*$"
        let tar = try Tar(
            [
                "--create", "--file=-", "--format=pax", "--numeric-owner", "--sparse", "--xattrs",
                "--transform=flags=rhS;s,\(pattern),\(escaped),", "--directory=\(directory)", "--",
                entry.hasPrefix("-") ? "./\(entry)" : entry,
            ], .gives)
        do {
            try await send(Source(tar.descriptor, name: directory), to: path)
        } catch {
            _ = try? tar.finish()
            throw error
        }
        try tar.finish()
    }

    private func send(_ source: Source, to path: String) async throws {
        try await client.unpackContainer(
            container, path: path, ownedByUser: ownedByUser, from: source)
    }
}
