import Foundation
import Linux
import Testing

/// What this process has mapped.
@Suite(.timeLimit(.minutes(1)))
struct OwnMemoryTests {
    /// Of this program's code, how much is mapped, in KiB.
    private func mappedCode() throws -> Int {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var isCode = false
        var sum = 0
        for line in try OpenFile.text(at: "/proc/self/smaps").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 4 { isCode = words[1] == "r-xp" && line.hasSuffix(program) }
            if isCode, words.first == "Rss:" { sum += Int(words[1]) ?? 0 }
        }
        return sum
    }

    @Test func `code that was mapped is given back, and comes back as it is needed`() throws {
        let before = try mappedCode()
        OwnMemory.giveBackCode()
        let after = try mappedCode()
        #expect(before > 0 && after < before / 2, "\(before) KiB before, \(after) after")
        #expect(Set((0..<1000).map { "\($0)" }).count == 1000, "it still runs")
    }
}
