import FoundationEssentials
import Testing

@testable import PouchClient

struct LineDecoderTests {
    @Test(arguments: [1, 2, 5, 100])
    func `lines are found however they arrive`(_ size: Int) {
        var decoder = LineDecoder()
        var lines: [String] = []
        var rest = Array("{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}".utf8)[...]
        while !rest.isEmpty {
            lines += decoder.decode(rest.prefix(size)).map { String(decoding: $0, as: UTF8.self) }
            rest = rest.dropFirst(size)
        }
        #expect(lines == ["{\"a\":1}", "{\"b\":2}"])
        #expect(decoder.finish().map { String(decoding: $0, as: UTF8.self) } == ["{\"c\":3}"])
        #expect(decoder.finish().isEmpty)
    }
}
