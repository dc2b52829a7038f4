import FoundationEssentials
import NIOCore
import NIOEmbedded
import NIOHTTP1

extension Client {
    /// Asks as `bytes` does, on the thread that calls, which waits.
    ///
    /// This is for a command that has nothing else to do meanwhile: an event loop with its thread,
    /// and the ways between threads, cost it a fifth of its time.
    func bytesAlone(_ request: Request) throws -> Data {
        let connection = try BlockingConnection(to: host)
        let channel = EmbeddedChannel()
        do {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            for part in request.parts { channel.write(part, promise: nil) }
            channel.flush()
            while case .byteBuffer(let bytes)? = try channel.readOutbound(as: IOData.self) {
                connection.send(bytes)
            }
            let (head, body) = try answer(over: connection, through: channel)
            note(request, head)
            guard head.isSuccess else { throw refusal(head, body) }
            return body
        } catch {
            throw ClientError.breakingOff(error, from: host)
        }
    }

    /// Reads on until the answer is whole.
    private func answer(
        over connection: borrowing BlockingConnection, through channel: EmbeddedChannel
    ) throws -> (HTTPResponseHead, Data) {
        var answer: HTTPResponseHead?
        var body = Data()
        while true {
            while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
                switch part {
                case .head(let head): answer = head
                case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
                case .end: if let answer { return (answer, body) }
                }
            }
            try channel.writeInbound(try connection.receive())
        }
    }
}
