/// A piece of what a container wrote: a line, or what there was of it so far.
public struct LogEntry: Hashable, Sendable {
    public enum Stream: String, Sendable {
        case stdout, stderr
    }

    public let stream: Stream
    /// When it was written: RFC 3339 in UTC with nine decimals.
    public let time: String
    /// As written, with the newline if there was one.
    public let bytes: [UInt8]

    public init(stream: Stream, time: String, bytes: [UInt8]) {
        self.stream = stream
        self.time = time
        self.bytes = bytes
    }

    /// Whether the line ends here.
    public var endsLine: Bool { bytes.last == UInt8(ascii: "\n") }
}
