import Containers
import FoundationEssentials
import NIOCore

/// How a container's output is sent: in frames that say which stream they are of, or as it is.
struct LogFormat: Sendable {
    let isFramed: Bool
    let showsTimes: Bool
    /// Whether each line says besides what its log was told to add, which is nothing here.
    let showsDetails: Bool
    /// The streams whose last piece ended no line.
    private var unfinished: Set<LogEntry.Stream> = []

    init(isFramed: Bool, showsTimes: Bool, showsDetails: Bool = false) {
        self.isFramed = isFramed
        self.showsTimes = showsTimes
        self.showsDetails = showsDetails
    }

    mutating func bytes(of entries: [LogEntry]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for entry in entries { write(entry, to: &buffer) }
        return buffer
    }

    private mutating func write(_ entry: LogEntry, to buffer: inout ByteBuffer) {
        let beginsLine = !unfinished.contains(entry.stream)
        let time = showsTimes && beginsLine ? entry.time + " " : ""
        let start = showsDetails && beginsLine ? time + " " : time
        if entry.endsLine {
            unfinished.remove(entry.stream)
        } else {
            unfinished.insert(entry.stream)
        }
        if isFramed {
            buffer.writeInteger(UInt8(entry.stream == .stdout ? 1 : 2))
            buffer.writeRepeatingByte(0, count: 3)
            buffer.writeInteger(UInt32(start.utf8.count + entry.bytes.count))
        }
        buffer.writeString(start)
        buffer.writeBytes(entry.bytes)
    }
}

extension LogRequest {
    init(_ query: Query) throws(Refusal) {
        self.init()
        stdout = query.flag("stdout")
        stderr = query.flag("stderr")
        guard stdout || stderr else {
            throw .invalid("Bad parameters: you must choose at least one stream")
        }
        since = try query.time("since")
        until = try query.time("until")
        // Anything but a number is all, as docker has it.
        tail = query["tail"].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        end = query.flag("follow") ? .whenStopped : .now
    }
}
