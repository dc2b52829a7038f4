import Testing

@testable import PouchClient

struct FrameDecoderTests {
    /// Two lines on stdout, one on stderr, and an empty frame between them.
    private static let frames: [UInt8] =
        [1, 0, 0, 0, 0, 0, 0, 4] + Array("one\n".utf8)
        + [2, 0, 0, 0, 0, 0, 0, 0]
        + [2, 0, 0, 0, 0, 0, 0, 6] + Array("error\n".utf8)
        + [1, 0, 0, 0, 0, 0, 0, 4] + Array("two\n".utf8)

    @Test(arguments: [1, 2, 3, 7, 8, 9, 13, 1000])
    func `output is told apart however it arrives`(_ size: Int) throws {
        var decoder = FrameDecoder()
        var out: [UInt8] = []
        var err: [UInt8] = []
        var rest = Self.frames[...]
        while !rest.isEmpty {
            try decoder.decode(rest.prefix(size)) { stream, bytes in
                if stream == .stdout { out += bytes } else { err += bytes }
            }
            rest = rest.dropFirst(size)
        }
        #expect(String(decoding: out, as: UTF8.self) == "one\ntwo\n")
        #expect(String(decoding: err, as: UTF8.self) == "error\n")
        #expect(decoder.isBetweenFrames)
    }

    @Test func `bytes are handed on before their frame is complete`() throws {
        var decoder = FrameDecoder()
        var given = ""
        try decoder.decode([1, 0, 0, 0, 0, 0, 1, 0] + Array("half".utf8)) { _, bytes in
            given += String(decoding: bytes, as: UTF8.self)
        }
        #expect(given == "half")
        #expect(!decoder.isBetweenFrames)
    }

    @Test func `a frame longer than 16 bits can count is read to its end`() throws {
        var decoder = FrameDecoder()
        var count = 0
        let body = [UInt8](repeating: 65, count: 0x01_02_03)
        try decoder.decode([1, 0, 0, 0, 0, 1, 2, 3] + body + [2, 0, 0, 0]) { _, bytes in
            count += bytes.count
        }
        #expect(count == 0x01_02_03)
        #expect(!decoder.isBetweenFrames)
    }

    @Test func `what is not framed is refused`() {
        var decoder = FrameDecoder()
        #expect(throws: FrameError.self) {
            try decoder.decode(Array("plain text".utf8)) { _, _ in }
        }
    }
}
