import Testing
import Volumes

struct ByteCountTests {
    @Test(
        arguments: [
            ("1", 1), ("4096", 4096), ("512m", 512 << 20), ("10G", 10 << 30), ("1.5g", 3 << 29),
            ("2.2g", 2_362_232_012), ("1k", 1024), ("1KB", 1024), ("1KiB", 1024), ("7b", 7),
            ("1t", 1 << 40), ("1P", 1 << 50), ("0.5k", 512), ("8191.99999P", 9223372025595776739),
        ] as [(String, Int64)])
    func `a size is read exactly`(_ text: String, _ bytes: Int64) throws {
        #expect(try ByteCount(text).bytes == bytes)
    }

    @Test(arguments: [
        "", "0", "0k", "-1", "+1", "g", "1x", "1kk", "1 g", " 1", "1.", ".5g", "1.2.3k", "1e3",
        "1,5g", "١k", "9223372036854775808", "8192P", "1.1234567g", "0x10", "1bb",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(throws: VolumeError.invalidSize(text)) { try ByteCount(text) }
    }

    @Test(
        arguments: [
            (1, "1B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (64 << 20, "64MiB"),
            (10 << 30, "10GiB"), (1_100_000, "1.04MiB"), (.max, "7.99EiB"),
        ] as [(Int64, String)])
    func `a size is shown in the largest unit that fits, never rounded up`(
        _ bytes: Int64, _ text: String
    ) {
        #expect(ByteCount(bytes: bytes).description == text)
    }
}
