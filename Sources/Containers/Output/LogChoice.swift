/// How a container's log is kept, in docker's words.
public struct LogChoice: Codable, Hashable, Sendable {
    /// `json-file` or `local`: what clients read is the same.
    public let driver: String
    public let options: [String: String]
    /// Bytes that are kept, the youngest; nil for all.
    public let limit: Int64?

    private static let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    private static let most: Int64 = 1 << 50

    public init(driver: String, options: [String: String]) throws(ContainerError) {
        guard ["json-file", "local"].contains(driver) else {
            throw .invalidRequest("log driver \(driver) is not supported: use json-file or local")
        }
        if let other = options.keys.filter({ !["max-size", "max-file"].contains($0) }).min() {
            throw .invalidRequest(
                "log option \(other) is not supported: use max-size and max-file, or leave it out")
        }
        self.driver = driver
        self.options = options
        let files = try options["max-file"].map(Self.count) ?? 1
        guard let text = options["max-size"], text != "-1" else {
            guard files == 1 else {
                throw .invalidRequest("log option max-file needs max-size: give both")
            }
            limit = nil
            return
        }
        // There is one file, which holds as much as so many would.
        let (bytes, isTooLarge) = try Self.size(text).multipliedReportingOverflow(by: files)
        guard !isTooLarge, bytes <= Self.most else {
            throw .invalidRequest("log option max-size \(text): leave it out for no limit")
        }
        limit = bytes
    }

    private static func count(_ text: String) throws(ContainerError) -> Int64 {
        guard let count = Int64(text), count > 0 else {
            throw .invalidRequest("log option max-file \"\(text)\": give a number from 1")
        }
        return count
    }

    /// As docker reads it: `10m`, `10MB`, `500k`, bytes.
    private static func size(_ text: String) throws(ContainerError) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var unit = text.dropFirst(digits.count).lowercased()
        for ending in ["ib", "b"] where unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
            break
        }
        let factor = unit.isEmpty ? 1 : unit.count == 1 ? units[Character(unit)] : nil
        guard let number = Int64(digits), number > 0, let factor,
            case let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor),
            !isTooLarge
        else {
            throw .invalidRequest("log option max-size \"\(text)\": give a size such as 10m")
        }
        return bytes
    }
}
