import NIOCore
import Volumes

/// A volume as JSON, written by hand: it is what clients ask for most, and in thousands.
///
/// It says what `PouchAPI.Volume` would, in Docker's order.
struct VolumeJSON {
    let volume: Volume
    let path: String
    let scope: Scope

    init(_ volume: Volume, of volumes: VolumeManager) {
        self.volume = volume
        path = volumes.path(of: volume)
        scope = volumes.scope(of: volume)
    }

    /// `status` is left out when it is empty.
    func write(to buffer: inout ByteBuffer, status: [String: String] = [:]) {
        buffer.write(#"{"CreatedAt":"#, Timestamp.seconds(volume.createdAt))
        buffer.write(#","Driver":"#, volume.driver)
        buffer.write(#","Labels":"#, volume.labels)
        buffer.write(#","Mountpoint":"#, path)
        buffer.write(#","Name":"#, volume.name.description)
        buffer.write(#","Options":"#, volume.options)
        buffer.write(#","Scope":"#, scope.rawValue)
        if !status.isEmpty { buffer.write(#","Status":"#, status) }
        buffer.writeStaticString("}")
    }
}

extension ByteBuffer {
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
