import TestSupport

/// Makes an answer of the bytes that came.
struct AnswerReader {
    private let bytes: [UInt8]
    private let bodyStart: Int
    private let status: Int
    private let headers: [String: String]
    private let hasBody: Bool

    /// Nil until the whole head has come.
    init?(_ bytes: [UInt8], hasBody: Bool) {
        guard let end = Self.end(ofHeadIn: bytes) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.bytes = bytes
        self.bodyStart = end
        self.status = status
        headers = lines.dropFirst().reduce(into: [:]) { headers, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        self.hasBody = hasBody && status != 204 && status != 304 && status >= 200
    }

    static func end(ofHeadIn bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first {
            bytes[$0] == 13 && bytes[$0...].starts(with: mark)
        }
        .map { $0 + mark.count }
    }

    /// The answer and how many bytes it took; nil until it is whole.
    func answer(isComplete: Bool) throws -> (Answer, Int)? {
        guard hasBody else { return (make([]), bodyStart) }
        if headers["transfer-encoding"]?.lowercased() == "chunked" { return try chunked() }
        if let text = headers["content-length"] {
            guard let length = Int(text), length >= 0 else {
                throw TestFailure("content-length: \(text)")
            }
            guard bytes.count >= bodyStart + length else { return nil }
            return (make(bytes[bodyStart..<(bodyStart + length)]), bodyStart + length)
        }
        return isComplete ? (make(bytes[bodyStart...]), bytes.count) : nil
    }

    private func make(_ body: some Sequence<UInt8>) -> Answer {
        Answer(status: status, headers: headers, body: Array(body))
    }

    private func chunked() throws -> (Answer, Int)? {
        var body: [UInt8] = []
        var position = bodyStart
        while let lineEnd = bytes[position...].firstIndex(of: 10) {
            let text = String(decoding: bytes[position..<lineEnd].dropLast(), as: UTF8.self)
            guard let length = Int(text.prefix { $0 != ";" }, radix: 16) else {
                throw TestFailure("chunk length: \(text)")
            }
            let start = lineEnd + 1
            guard bytes.count >= start + length + 2 else { return nil }
            body += bytes[start..<(start + length)]
            position = start + length + 2
            if length == 0 { return (make(body), position) }
        }
        return nil
    }
}
