import Glibc
import Linux

/// A container's log, for reading; someone else may be writing to it.
final class LogFile: Sendable {
    private static let seconds = 30

    private let file: OpenFile

    /// Nil if there is none (yet).
    init?(_ path: String) throws {
        do {
            file = try OpenFile(path, for: .reading)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    func size() async throws -> Int {
        let file = file
        return try await Blocking.run("read \(file.path)", seconds: Self.seconds) {
            try Int(file.status().size)
        }
    }

    /// Where there is something at `offset` or after it: what is older may have been given back to
    /// the disk. Up to `count` bytes from there on; fewer only at the end.
    func read(at offset: Int, count: Int) async throws -> (offset: Int, bytes: [UInt8]) {
        let file = file
        return try await Blocking.run("read \(file.path)", seconds: Self.seconds) {
            let found = Self.data(of: file, from: offset)
            return (found, try Self.read(file, at: found, count: count))
        }
    }

    /// `offset` itself where there is no more, or the filesystem knows no holes.
    private static func data(of file: OpenFile, from offset: Int) -> Int {
        let found = lseek(file.descriptor, off_t(offset), seekData)
        return found > off_t(offset) ? Int(found) : offset
    }

    private static let seekData: Int32 = 3

    private static func read(
        _ file: OpenFile, at offset: Int, count: Int
    ) throws(SystemError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            while length < count {
                let more = pread(
                    file.descriptor, buffer.baseAddress.map { $0 + length }, count - length,
                    off_t(offset + length))
                if more < 0, errno == EINTR { continue }
                if more < 0 { failure = errno }
                guard more > 0 else { return }
                length += more
            }
        }
        guard failure == 0 else { throw SystemError("read", file.path, errno: failure) }
        return bytes
    }

    /// Where the last `lines` lines of the wanted streams begin.
    func start(ofLast lines: Int, stdout: Bool, stderr: Bool) async throws -> Int {
        let file = file
        return try await Blocking.run("read \(file.path)", seconds: Self.seconds) {
            var search = TailSearch(lines: lines, stdout: stdout, stderr: stderr)
            var position = try Int(file.status().size)
            let beginning = Self.data(of: file, from: 0)
            var rest: [UInt8] = []
            while position > beginning {
                let start = max(beginning, position - (128 << 10))
                let block = try Self.read(file, at: start, count: position - start) + rest
                if let found = search.look(in: block, at: start) { return found }
                // What is before the first newline belongs to the block before.
                rest = Array(block.prefix { $0 != UInt8(ascii: "\n") })
                if rest.count < block.count { rest.append(UInt8(ascii: "\n")) }
                position = start
            }
            return 0
        }
    }
}
