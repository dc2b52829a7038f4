/// Writes a tar file into memory.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func add(file path: String, _ contents: [UInt8], mode: Int = 0o644) {
        header(path, type: "0", mode: mode, size: contents.count)
        bytes += contents
        pad()
    }

    mutating func add(directory path: String, mode: Int = 0o755) {
        header(path + "/", type: "5", mode: mode, size: 0)
    }

    mutating func add(symbolicLink path: String, to target: String) {
        header(path, type: "2", mode: 0o777, size: 0, target: target)
    }

    mutating func add(hardLink path: String, to target: String) {
        header(path, type: "1", mode: 0o644, size: 0, target: target)
    }

    func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func header(
        _ path: String, type: Character, mode: Int, size: Int, target: String = ""
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(path, at: 0)
        put(octal(mode, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(target, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
        bytes += block
    }

    private mutating func pad() {
        bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
}
