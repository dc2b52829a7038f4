import Testing
import Volumes

struct VolumeNameTests {
    @Test(arguments: ["ab", "data", "0a", "a_b.c-d", String(repeating: "n", count: 255)])
    func `a name of allowed characters is kept as it is`(_ text: String) throws {
        #expect(try VolumeName(text).description == text)
    }

    @Test(arguments: [
        "", "a", ".", "..", "a/b", "/a", "-a", "_a", ".hidden", "a b", "a\u{0}b", "a\nb", "é1",
        "a%2fb", "da\u{301}ta", String(repeating: "n", count: 256),
    ])
    func `any other name is refused and named`(_ text: String) {
        #expect(throws: VolumeError.invalidName(text)) { try VolumeName(text) }
    }

    @Test func `a refused name can't break the line it is shown on`() {
        let shown = VolumeError.invalidName("a\nb\u{1b}[31m\u{0}").description
        #expect(!shown.contains("\n") && !shown.contains("\u{1b}") && !shown.contains("\u{0}"))
        #expect(
            VolumeError.invalidName(String(repeating: "x", count: 9_999)).description.count < 500)
    }

    @Test func `a name of one letter is told that it is too short`() {
        #expect(VolumeError.invalidName("a").description.contains("too short"))
    }
}
