import NIOCore
import PouchAPI
import Volumes

/// A volume as JSON, written by hand: it is what clients ask for most, and in thousands.
///
/// It says what `PouchAPI.Volume` would, in Docker's order.
struct VolumeJSON {
    let volume: Volumes.Volume
    let path: String
    let scope: Scope

    init(_ volume: Volumes.Volume, of volumes: VolumeManager) {
        self.volume = volume
        path = volumes.path(of: volume)
        scope = volumes.scope(of: volume)
    }

    /// `status` is left out when it is empty, `usage` when there is none.
    func write(
        to buffer: inout ByteBuffer, status: [String: String] = [:],
        usage: (references: Int, usage: Usage?)? = nil
    ) {
        buffer.write(#"{"CreatedAt":"#, Timestamp.seconds(volume.createdAt))
        buffer.write(#","Driver":"#, volume.driver)
        buffer.write(#","Labels":"#, volume.labels)
        buffer.write(#","Mountpoint":"#, path)
        buffer.write(#","Name":"#, volume.name.description)
        buffer.write(#","Options":"#, volume.options)
        buffer.write(#","Scope":"#, scope.rawValue)
        if !status.isEmpty { buffer.write(#","Status":"#, status) }
        if let usage {
            buffer.writeStaticString(#","UsageData":"#)
            buffer.write(UsageData(usage.usage, references: usage.references))
        }
        buffer.writeStaticString("}")
    }
}

extension UsageData {
    init(_ usage: Usage?, references: Int? = nil) {
        self.init(
            size: usage?.used ?? -1, references: references, limit: usage?.limit,
            inodes: usage?.inodes, inodeLimit: usage?.inodeLimit, percent: usage?.percent,
            method: usage?.method.rawValue, asOf: usage.map { Timestamp.precise($0.asOf) })
    }
}

extension ByteBuffer {
    /// As its `Codable` would; what is nil is left out.
    fileprivate mutating func write(_ usage: UsageData) {
        let counts: [(StaticString, Int64?)] = [
            (#","RefCount":"#, usage.references.map(Int64.init)), (#","Limit":"#, usage.limit),
            (#","Inodes":"#, usage.inodes), (#","InodeLimit":"#, usage.inodeLimit),
            (#","Percent":"#, usage.percent.map(Int64.init)),
        ]
        writeStaticString(#"{"Size":"#)
        writeString(String(usage.size))
        for (key, count) in counts {
            guard let count else { continue }
            writeStaticString(key)
            writeString(String(count))
        }
        if let method = usage.method { write(#","Method":"#, method) }
        if let asOf = usage.asOf { write(#","AsOf":"#, asOf) }
        writeStaticString("}")
    }

    fileprivate mutating func write(_ key: StaticString, _ text: String) {
        writeStaticString(key)
        writeJSON(text)
    }

    fileprivate mutating func write(_ key: StaticString, _ dictionary: [String: String]?) {
        writeStaticString(key)
        guard let dictionary else {
            writeStaticString("null")
            return
        }
        writeStaticString("{")
        for (index, entry) in dictionary.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSON(entry.key)
            writeStaticString(":")
            writeJSON(entry.value)
        }
        writeStaticString("}")
    }

    /// A JSON string; only what must be escaped is.
    mutating func writeJSON(_ text: String) {
        writeStaticString("\"")
        if text.utf8.allSatisfy({ !needsEscape($0) }) {
            writeString(text)
        } else {
            for byte in text.utf8 { writeEscaped(byte) }
        }
        writeStaticString("\"")
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): writeStaticString(#"\""#)
        case UInt8(ascii: "\\"): writeStaticString(#"\\"#)
        case UInt8(ascii: "\n"): writeStaticString(#"\n"#)
        case UInt8(ascii: "\r"): writeStaticString(#"\r"#)
        case UInt8(ascii: "\t"): writeStaticString(#"\t"#)
        case 0..<0x20:
            writeStaticString(#"\u00"#)
            writeInteger(hexDigits[Int(byte >> 4)])
            writeInteger(hexDigits[Int(byte & 15)])
        default: writeInteger(byte)
        }
    }
}

private let hexDigits = Array("0123456789abcdef".utf8)

private func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}
