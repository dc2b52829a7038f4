import Glibc

/// Reads a FIFO one piece at a time; one buffer serves them all.
final class PipeReader {
    enum Piece {
        case bytes(UnsafeRawBufferPointer)
        case nothingNow
        case end
    }

    /// As much as a FIFO holds: a turn is never longer, so nobody waits long for the next.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    deinit {
        buffer.deallocate()
    }

    /// What is returned is valid until the next call.
    func read(_ descriptor: Int32) -> Piece {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            if count == 0 { return .end }
            if errno == EAGAIN { return .nothingNow }
            guard errno == EINTR else { return .end }
        }
    }
}
