import ContainerdAPI
import FoundationEssentials
import GRPCCore
import SwiftProtobuf
import Synchronization

/// The blobs that containerd keeps, by digest.
struct ContentStore: Sendable {
    fileprivate typealias Request = Containerd_Services_Content_V1_WriteContentRequest

    /// A blob that is being written: goes on where an earlier attempt ended.
    final class Ingest: Sendable {
        private let position: Mutex<Int64>
        private let send: @Sendable (Request) async throws -> Void

        fileprivate init(
            at offset: Int64, send: @Sendable @escaping (Request) async throws -> Void
        ) {
            position = Mutex(offset)
            self.send = send
        }

        /// How much is there.
        var offset: Int64 { position.withLock { $0 } }

        /// Begins again from nothing.
        func restart() {
            // A write at 0 drops what is there.
            position.withLock { $0 = 0 }
        }

        func write(_ bytes: some Collection<UInt8> & Sendable) async throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = Data(rest.prefix(ContentStore.pieceSize))
                rest = rest.dropFirst(piece.count)
                let offset = offset
                try await send(
                    .with {
                        $0.action = .write
                        $0.offset = offset
                        $0.data = piece
                    })
                position.withLock { $0 += Int64(piece.count) }
            }
        }
    }

    static let pieceSize = 1 << 20
    private static let slowestWrite = Duration.seconds(6 * 3600)
    private static let slowestRead = Duration.seconds(6 * 3600)
    private static let lockPause = Duration.milliseconds(50)

    let connection: Connection

    func read(_ blob: BlobDescriptor) async throws -> [UInt8] {
        let request = Containerd_Services_Content_V1_ReadContentRequest.with {
            $0.digest = blob.digest.description
        }
        return try await connection.call { call in
            try await call.content.read(
                request, metadata: call.metadata, options: call.options
            ) { response in
                var bytes: [UInt8] = []
                for try await message in response.messages {
                    bytes += message.data
                    guard bytes.count <= ImageContent.largestDocument else {
                        throw ImageProblem("\(blob.digest) is too large for a document")
                    }
                }
                return bytes
            }
        }
    }

    /// Hands on all of a blob piece by piece, as fast as it is taken.
    func read(
        _ blob: BlobDescriptor, _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let request = Containerd_Services_Content_V1_ReadContentRequest.with {
            $0.digest = blob.digest.description
        }
        try await connection.call(within: Self.slowestRead, repeatable: false) { call in
            try await call.content.read(
                request, metadata: call.metadata, options: call.options
            ) { response in
                for try await message in response.messages { try await take(Array(message.data)) }
            }
        }
    }

    func write(_ document: ImageContent.Document, lease: String) async throws {
        let bytes = document.bytes
        let blob = document.descriptor
        try await write(
            "pouch-\(blob.digest)", size: Int64(bytes.count), expecting: blob.digest,
            labels: document.labels, lease: lease
        ) { ingest in
            try await ingest.write(Array(bytes.dropFirst(Int(ingest.offset))))
        }
        if !document.labels.isEmpty { try await label(blob.digest, document.labels) }
    }

    /// Writes a blob, unless it is there, and keeps it at least as long as the lease.
    ///
    /// A blob whose digest is not `expected` is not kept. Returns its digest.
    @discardableResult
    func write(
        _ name: String, size: Int64, expecting expected: Digest?, labels: [String: String] = [:],
        lease: String, _ body: @Sendable @escaping (Ingest) async throws -> Void
    ) async throws -> Digest {
        let first = Request.with {
            $0.ref = name
            $0.total = size
            $0.expected = expected?.description ?? ""
        }
        while true {
            do {
                return try await ingest(first, labels: labels, lease: lease, body)
            } catch let error as RPCError where error.code == .alreadyExists {
                guard let expected else { throw error }
                return expected
            } catch let error as RPCError where error.isLocked {
                // Another caller writes the same blob: it will be there, or ours to go on with.
                try await Task.sleep(for: Self.lockPause)
            }
        }
    }

    private func ingest(
        _ first: Request, labels: [String: String], lease: String,
        _ body: @Sendable @escaping (Ingest) async throws -> Void
    ) async throws -> Digest {
        let failure = Mutex<(any Error)?>(nil)
        do {
            return try await connection.call(
                within: Self.slowestWrite, lease: lease, repeatable: false
            ) { call in
                let (starts, started) = AsyncStream<Int64>.makeStream()
                return try await call.content.write(
                    metadata: call.metadata, options: call.options,
                    requestProducer: { requests in
                        try await requests.write(first)
                        guard let start = await starts.first(where: { _ in true }) else { return }
                        let ingest = Ingest(at: start) { try await requests.write($0) }
                        do {
                            try await body(ingest)
                        } catch {
                            // Ending the stream without commit; the error goes another way.
                            return failure.withLock { $0 = error }
                        }
                        try await requests.write(
                            .with {
                                $0.action = .commit
                                $0.offset = ingest.offset
                                $0.expected = first.expected
                                $0.labels = labels
                            })
                    },
                    onResponse: { response in
                        defer { started.finish() }
                        var digest: Digest?
                        for try await answer in response.messages {
                            if answer.action == .stat { started.yield(answer.offset) }
                            if answer.action == .commit { digest = Digest(answer.digest) }
                        }
                        guard let digest else { throw ImageProblem("containerd kept no blob") }
                        return digest
                    })
            }
        } catch {
            throw failure.withLock { $0 } ?? error
        }
    }

    /// Drops what an attempt to write a blob left.
    func abort(_ name: String) async throws {
        _ = try await unlessMissing {
            try await connection.call {
                try await $0.content.abort(
                    .with { $0.ref = name }, metadata: $0.metadata, options: $0.options)
            }
        }
    }

    func label(_ blob: Digest, _ labels: [String: String]) async throws {
        let request = Containerd_Services_Content_V1_UpdateRequest.with {
            $0.info.digest = blob.description
            $0.info.labels = labels
            $0.updateMask.paths = labels.keys.map { "labels.\($0)" }
        }
        _ = try await connection.call {
            try await $0.content.update(request, metadata: $0.metadata, options: $0.options)
        }
    }
}

extension RPCError {
    /// containerd answers so while another stream writes the blob.
    fileprivate var isLocked: Bool { code == .unavailable && message.contains("locked") }
}
