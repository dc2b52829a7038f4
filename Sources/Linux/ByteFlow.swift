import CLinux
import Glibc
import Synchronization

/// Bytes between code that blocks on a descriptor and code that must not: a pipe's worth at a time.
public enum ByteFlow {
    /// The other side may be a client far away, in no hurry.
    private static let patience = 3600
    private static let piece = 1 << 18

    /// Runs `produce`, which writes to a descriptor, and hands what it writes to `take`; when that
    /// throws, `produce` gets a broken pipe.
    public static func read(
        _ action: String, from produce: @escaping @Sendable (Int32) throws -> Void,
        _ take: ([UInt8]) async throws -> Void
    ) async throws {
        let pipe = try Pipe()
        async let produced: Void = Blocking.run(action, seconds: patience) {
            defer { pipe.closeWriter() }
            try produce(pipe.writer)
        }
        do {
            while case let bytes = try await next(of: pipe, action), !bytes.isEmpty {
                try await take(bytes)
            }
        } catch {
            pipe.closeReader()
            _ = try? await produced
            throw error
        }
        pipe.closeReader()
        try await produced
    }

    /// Runs `consume`, which reads a descriptor to its end, and has `give` write to it; returns
    /// what `consume` makes of it. When `give` throws, `consume` still sees an end, and its answer
    /// is dropped.
    public static func write<Answer: Sendable>(
        _ action: String, into consume: @escaping @Sendable (Int32) throws -> Answer,
        _ give: (@escaping (_ bytes: [UInt8]) async throws -> Void) async throws -> Void
    ) async throws -> Answer {
        let pipe = try Pipe()
        async let consumed = Blocking.run(action, seconds: patience) {
            defer { pipe.closeReader() }
            return try consume(pipe.reader)
        }
        do {
            try await give { bytes in
                try await Blocking.run(action, seconds: patience) { try pipe.write(bytes) }
            }
        } catch {
            pipe.closeWriter()
            _ = try? await consumed
            throw error
        }
        pipe.closeWriter()
        return try await consumed
    }

    private static func next(of pipe: Pipe, _ action: String) async throws -> [UInt8] {
        try await Blocking.run(action, seconds: patience) { try pipe.read(upTo: piece) }
    }

    /// Both ends, each closed once.
    private final class Pipe: Sendable {
        let reader: Int32
        let writer: Int32
        private static let setPipeSize: Int32 = 1031
        private let isClosed = Mutex((reader: false, writer: false))

        init() throws(SystemError) {
            var ends: [Int32] = [0, 0]
            try answered("pipe", nil) { clinux_pipe(&ends) }
            (reader, writer) = (ends[0], ends[1])
            // As much as the system lets anybody have; less is only slower.
            _ = fcntl(writer, Self.setPipeSize, 1 << 20)
        }

        deinit {
            closeReader()
            closeWriter()
        }

        func read(upTo count: Int) throws(SystemError) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: count)
            let got = try checked("read", nil) { Glibc.read(reader, &buffer, count) }
            return Array(buffer.prefix(got))
        }

        /// What nobody reads any more is still taken off the sender's hands.
        func write(_ bytes: [UInt8]) throws(SystemError) {
            var rest = bytes[...]
            while !rest.isEmpty {
                do {
                    let count = try checked("write", nil) {
                        rest.withUnsafeBytes { Glibc.write(writer, $0.baseAddress, $0.count) }
                    }
                    rest = rest.dropFirst(count)
                } catch {
                    guard error.errno == EPIPE else { throw error }
                    return
                }
            }
        }

        func closeReader() {
            isClosed.withLock { closed in
                if !closed.reader { close(reader) }
                closed.reader = true
            }
        }

        func closeWriter() {
            isClosed.withLock { closed in
                if !closed.writer { close(writer) }
                closed.writer = true
            }
        }
    }
}
