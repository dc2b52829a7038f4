import NIOCore
import NIOHTTP1

/// Which of a container's output is asked for.
public struct LogRequest: Sendable {
    /// Goes on as the container writes, until it ends.
    public var follow = false
    /// Only the last lines; all of them if nil.
    public var tail: Int?
    /// Begins each line with its time.
    public var timestamps = false
    /// Only what was written since: seconds since 1970, perhaps with a fraction.
    public var since: String?
    /// Only what was written before, as well.
    public var until: String?

    public init() {}
}

extension Client {
    /// Hands on what a container wrote, as it arrives.
    ///
    /// `listening` is called as soon as nothing that it writes can be missed any more.
    public func logs(
        of name: String, _ request: LogRequest = LogRequest(),
        listening: @Sendable () -> Void = {},
        give: @Sendable (OutputStream, ArraySlice<UInt8>) throws -> Void
    ) async throws {
        let target = try Target("/containers", name, "logs")
            .adding("stdout", if: true).adding("stderr", if: true)
            .adding("follow", if: request.follow).adding("timestamps", if: request.timestamps)
            .adding("tail", request.tail.map(String.init)).adding("since", request.since)
            .adding("until", request.until)
        try await exchange(.get(target)) { answer in
            listening()
            try await handOn(&answer, give: give)
        }
    }

    /// A terminal has one stream only, which comes as it is.
    private func handOn(
        _ answer: inout Answer, give: (OutputStream, ArraySlice<UInt8>) throws -> Void
    ) async throws {
        let isRaw = answer.head.headers["Content-Type"].contains { $0.hasSuffix("raw-stream") }
        var frames = FrameDecoder()
        while let bytes = try await answer.next() {
            if isRaw {
                try give(.stdout, ArraySlice(bytes.readableBytesView))
            } else {
                try frames.decode(bytes.readableBytesView, give: give)
            }
        }
        guard frames.isBetweenFrames else {
            throw ClientError.cut(host, reason: "in the middle of the output")
        }
    }
}
