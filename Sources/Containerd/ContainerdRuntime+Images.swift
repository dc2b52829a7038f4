import ContainerdAPI
public import Containers
import Linux
import Logging

extension ContainerdRuntime {
    public func images() async throws -> [Image] {
        try await doing("list images") {
            try await catalog.entries().map(\.image)
        }
    }

    public func image(_ reference: String) async throws -> Image {
        try await doing("look for image \(reference)") {
            try await catalog.entry(reference).image
        }
    }

    public func removeImage(_ reference: String) async throws -> [ImageRemoval] {
        try await doing("remove image \(reference)") {
            let entry = try await catalog.entry(reference)
            let named = entry.records.filter { $0.isMeant(by: reference) }
            let going = named.isEmpty ? entry.records : named
            let isLast = going.count == entry.records.count
            for (index, record) in going.enumerated() {
                try await catalog.forget(
                    record.name, sweeping: isLast && index == going.count - 1)
            }
            logger.info("image removed", metadata: ["image": "\(reference)"])
            let names = going.map(\.name).filter { $0 != entry.image.id }.sorted()
            let untagged = names.map { ImageRemoval.untagged($0) }
            return isLast ? untagged + [.deleted(entry.image.id)] : untagged
        }
    }

    public func tag(_ reference: String, as name: ImageReference) async throws {
        try await doing("tag image \(reference)") {
            guard name.digest == nil else {
                throw ContainerError.invalidImageName(name.familiar)
            }
            let entry = try await catalog.entry(reference)
            try await catalog.name(entry.content, name.description)
            logger.info(
                "image tagged", metadata: ["image": "\(entry.image.id)", "name": "\(name)"])
        }
    }

    public func save(
        _ references: [String], _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await doing("save images \(references.joined(separator: ", "))") {
            var members: [ImageExport.Member] = []
            for reference in references {
                let entry = try await catalog.entry(reference)
                let names = entry.records.filter { $0.isMeant(by: reference) }.map(\.name)
                    .filter { !$0.contains("sha256:") }
                members.append(ImageExport.Member(content: entry.content, names: names))
            }
            let store = ContentStore(connection: connection)
            try await ImageExport(members: members, store: store).write(take)
        }
    }

    public func load(archive path: String) async throws -> [String] {
        do {
            return try await doing("load an image") {
                let file = try await ArchiveFile(path)
                return try await connection.withLease { lease in
                    let archive = ImageArchive(
                        file: file, store: ContentStore(connection: connection), lease: lease)
                    return try await keep(archive.members(), lease: lease)
                }
            }
        } catch let problem as ImageProblem {
            throw ContainerError.invalidArchive(problem.description)
        } catch let problem as TarError {
            throw ContainerError.invalidArchive(problem.reason)
        }
    }

    private func keep(_ members: [ImageArchive.Member], lease: String) async throws -> [String] {
        let keeper = ImageKeeper(connection: connection, snapshots: snapshots)
        var names: [String] = []
        for member in members {
            try await keeper.keep(member.content, lease: lease)
            for name in member.names { try await catalog.name(member.content, name) }
            if member.names.isEmpty { try await catalog.name(member.content, nil) }
            let id = member.content.configuration.digest.description
            names += member.names.isEmpty ? [id] : member.names
            logger.info("image loaded", metadata: ["image": "\(id)", "names": "\(member.names)"])
        }
        return names
    }
}
