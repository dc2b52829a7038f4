public import NIOCore

/// Answers the other side's HTTP/2 PINGs before NIO's HTTP/2 handler counts them.
///
/// Programs in Go send a PING with nearly every message, to measure the line. NIO takes more than
/// 200 in 30 seconds for an attack and closes the connection. This goes next to the socket.
public final class PingAbsorber: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private var frames: PingFilter

    /// - Parameter isServer: Whether the other side is a client, which greets before its first
    ///   frame.
    public init(isServer: Bool) {
        frames = PingFilter(after: isServer ? PingFilter.greetingLength : 0)
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (passed, pings) = frames.filter(unwrapInboundIn(data))
        if let passed { context.fireChannelRead(wrapInboundOut(passed)) }
        for ping in pings { context.write(wrapOutboundOut(ping), promise: nil) }
        if !pings.isEmpty { context.flush() }
    }
}

/// Takes the PINGs out of what one side of an HTTP/2 connection sends, and makes their answers.
struct PingFilter {
    /// What a client says first: `PRI * HTTP/2.0`, and more of that kind.
    static let greetingLength = 24
    private static let headerLength = 9
    private static let pingType: UInt8 = 6
    private static let pingLength = 8
    private static let acknowledged: UInt8 = 1

    /// A frame's header, or a PING, that has not come in whole.
    private var begun = ByteBuffer()
    /// How many bytes of the frame that is being passed on are still to come.
    private var payloadLeft: Int

    /// - Parameter length: How many bytes come before the first frame.
    init(after length: Int = 0) {
        payloadLeft = length
    }

    /// What to pass on of `bytes`, and answers to the PINGs that were taken out.
    mutating func filter(_ bytes: ByteBuffer) -> (passed: ByteBuffer?, answers: [ByteBuffer]) {
        if begun.readableBytes == 0, bytes.readableBytes <= payloadLeft {
            payloadLeft -= bytes.readableBytes
            return (bytes, [])
        }
        begun.writeImmutableBuffer(bytes)
        var passed = ByteBuffer()
        var answers: [ByteBuffer] = []
        while begun.readableBytes > 0 {
            if let payload = begun.readSlice(length: min(payloadLeft, begun.readableBytes)) {
                payloadLeft -= payload.readableBytes
                passed.writeImmutableBuffer(payload)
            }
            guard let header = nextHeader() else { break }
            if header.isPing {
                let length = Self.headerLength + Self.pingLength
                guard let ping = begun.readSlice(length: length) else { break }
                answers.append(Self.answer(to: ping))
            } else if let kept = begun.readSlice(length: Self.headerLength) {
                passed.writeImmutableBuffer(kept)
                payloadLeft = header.length
            }
        }
        begun.discardReadBytes()
        return (passed.readableBytes > 0 ? passed : nil, answers)
    }

    private func nextHeader() -> (length: Int, isPing: Bool)? {
        guard payloadLeft == 0,
            let header = begun.getBytes(
                at: begun.readerIndex, length: Self.headerLength)
        else { return nil }
        let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
        let isAnswer = header[4] & Self.acknowledged != 0
        return (length, header[3] == Self.pingType && !isAnswer && length == Self.pingLength)
    }

    private static func answer(to ping: ByteBuffer) -> ByteBuffer {
        var answer = ping
        answer.setInteger(acknowledged, at: answer.readerIndex + 4)
        return answer
    }
}
