import FoundationEssentials

/// Takes apart a stream of lines, however they arrive.
struct LineDecoder {
    private var begun = Data()

    /// Takes what arrived and returns the lines that it completes, without empty ones.
    mutating func decode(_ bytes: some Sequence<UInt8>) -> [Data] {
        begun.append(contentsOf: bytes)
        guard let last = begun.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        defer { begun = Data(begun[(last + 1)...]) }
        return Self.lines(in: begun[..<last])
    }

    /// What came after the last line's end.
    mutating func finish() -> [Data] {
        defer { begun = Data() }
        return Self.lines(in: begun)
    }

    private static func lines(in bytes: Data) -> [Data] {
        bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }
}
