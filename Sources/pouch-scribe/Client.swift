import Glibc

/// Someone who asks: pouchd, or one who wants to know what is kept.
///
/// A message is words with a NUL byte between them.
final class Client {
    let descriptor: Int32
    /// The outputs that it wants to hear of once they have grown past an offset.
    var watches: [String: Int] = [:]
    /// Where it reads outputs' logs.
    var holds: [String: Int] = [:]
    private(set) var isGone = false
    private var waiting: [[UInt8]] = []
    private var buffer = [UInt8](repeating: 0, count: 32 << 10)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether there is something that it could not take yet.
    var isWaiting: Bool { !waiting.isEmpty }

    /// The next message; nil if there is none now, or never again.
    func receive() -> [String]? {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                return buffer.prefix(count).split(separator: 0, omittingEmptySubsequences: false)
                    .map { String(decoding: $0, as: UTF8.self) }
            }
            if count < 0, errno == EINTR { continue }
            if count == 0 || errno != EAGAIN { isGone = true }
            return nil
        }
    }

    func queue(_ message: [String]) {
        waiting.append(Array(message.joined(separator: "\0").utf8))
    }

    func flush() {
        while let message = waiting.first {
            let count = send(descriptor, message, message.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // Who can't be written to any more is noticed by reading.
            waiting.removeFirst()
        }
    }
}
