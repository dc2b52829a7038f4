import NIOCore

/// Takes apart a stream in which a container's stdout and stderr take turns.
///
/// Before each frame lie eight bytes: which of the two it is, three zeros, and the frame's length,
/// the highest byte first. Bytes are handed on as they arrive, long before their frame is complete.
struct FrameDecoder {
    private var header: [UInt8] = []
    private var stream = OutputStream.stdout
    private var remaining = 0

    /// Whether the stream may end here.
    var isBetweenFrames: Bool { header.isEmpty && remaining == 0 }

    /// Takes what arrived and calls `give` with each piece that it holds.
    mutating func decode(
        _ bytes: some Collection<UInt8>,
        give: (OutputStream, ArraySlice<UInt8>) throws -> Void
    ) throws {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            guard remaining == 0 else {
                let piece = rest.prefix(remaining)
                remaining -= piece.count
                rest = rest.dropFirst(piece.count)
                try give(stream, piece)
                continue
            }
            let missing = rest.prefix(8 - header.count)
            header += missing
            rest = rest.dropFirst(missing.count)
            if header.count == 8 { try begin() }
        }
    }

    private mutating func begin() throws {
        guard let stream = OutputStream(rawValue: header[0]) else {
            throw FrameError(first: header[0])
        }
        self.stream = stream
        remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header = []
    }
}

/// Where a container wrote.
public enum OutputStream: UInt8, Sendable {
    case stdout = 1
    case stderr = 2
}

/// What came is not framed.
struct FrameError: Error, CustomStringConvertible {
    let first: UInt8

    var description: String { "output frame of kind \(first)" }
}
