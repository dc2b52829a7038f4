import FoundationEssentials
import PouchAPI

/// The answer to a list, which may have thousands of volumes, read as its `Codable` would.
extension VolumeListResponse {
    init(reading answer: Data) throws {
        var scanner = JSONScanner([UInt8](answer))
        var volumes: [Volume]?
        var warnings: [String]?
        try scanner.object { scanner, key in
            switch key {
            case "Volumes": volumes = try scanner.items(Volume.init)
            case "Warnings" where !scanner.takesNull():
                warnings = try scanner.items { scanner in try scanner.string() }
            case "Warnings": break
            default: try scanner.skip()
            }
        }
        try scanner.end()
        self.init(volumes: try given(volumes, "Volumes"), warnings: warnings)
    }
}

/// A field that every answer has.
private struct Missing: Error, CustomStringConvertible {
    let field: String

    var description: String { "\(field) is missing" }
}

private func given<Value>(_ value: Value?, _ field: String) throws -> Value {
    guard let value else { throw Missing(field: field) }
    return value
}

extension Volume {
    fileprivate init(_ scanner: inout JSONScanner) throws {
        var name: String?
        var driver: String?
        var mountpoint: String?
        var createdAt: String?
        var scope: String?
        var status: [String: String]?
        var labels: [String: String]?
        var options: [String: String]?
        var usage: UsageData?
        try scanner.object { scanner, key in
            switch key {
            case "Name": name = try scanner.string()
            case "Driver": driver = try scanner.string()
            case "Mountpoint": mountpoint = try scanner.string()
            case "CreatedAt": createdAt = try scanner.string()
            case "Scope": scope = try scanner.string()
            case "Status": status = try scanner.texts()
            case "Labels": labels = try scanner.texts()
            case "Options": options = try scanner.texts()
            case "UsageData" where !scanner.takesNull(): usage = try UsageData(&scanner)
            case "UsageData": break
            default: try scanner.skip()
            }
        }
        self.init(
            name: try given(name, "Name"), driver: try given(driver, "Driver"),
            mountpoint: try given(mountpoint, "Mountpoint"),
            createdAt: try given(createdAt, "CreatedAt"), status: status, labels: labels,
            scope: try given(scope, "Scope"), options: options, usage: usage)
    }
}

extension UsageData {
    fileprivate init(_ scanner: inout JSONScanner) throws {
        var size: Int64?
        var rest = UsageData(size: -1)
        try scanner.object { scanner, key in
            switch key {
            case _ where scanner.takesNull(): break
            case "Size": size = try scanner.integer()
            case "RefCount": rest.references = Int(try scanner.integer())
            case "Limit": rest.limit = try scanner.integer()
            case "Inodes": rest.inodes = try scanner.integer()
            case "InodeLimit": rest.inodeLimit = try scanner.integer()
            case "Percent": rest.percent = Int(try scanner.integer())
            case "Method": rest.method = try scanner.string()
            case "AsOf": rest.asOf = try scanner.string()
            default: try scanner.skip()
            }
        }
        rest.size = try given(size, "Size")
        self = rest
    }
}

extension JSONScanner {
    fileprivate mutating func items<Item>(
        _ item: (inout Self) throws -> Item
    ) throws -> [Item] {
        var items: [Item] = []
        try array { scanner in items.append(try item(&scanner)) }
        return items
    }

    /// An object of texts; nil if there is none.
    fileprivate mutating func texts() throws -> [String: String]? {
        guard !takesNull() else { return nil }
        var texts: [String: String] = [:]
        try object { scanner, key in texts[key] = try scanner.string() }
        return texts
    }
}
