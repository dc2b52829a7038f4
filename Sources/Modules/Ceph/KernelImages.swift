import FoundationEssentials
import Linux

/// The images that the kernel maps by itself, from its own list.
///
/// It keeps the words with which each was asked for, among them the name of the key: that is made
/// of the directory of the volume, so that none is ever taken for another's.
struct KernelImages {
    private static let directory = "/sys/bus/rbd/devices"

    /// A device that shows an image.
    struct Image: Hashable, Sendable {
        /// `0` in `/dev/rbd0`.
        let number: String

        var path: String { "/dev/rbd\(number)" }

        /// Bytes.
        var size: Int64? { KernelImages.size(of: "rbd\(number)") }
    }

    /// Where one orders an image to be mapped or unmapped: `add`, `remove`.
    static func door(_ order: String) -> String {
        let single = "/sys/bus/rbd/\(order)_single_major"
        return (try? FileStatus(of: single)) != nil ? single : "/sys/bus/rbd/\(order)"
    }

    /// The name of the key with which the image that belongs to `directory` is mapped.
    static func keyName(for directory: String) -> String {
        // No byte that the kernel would end the option or the words at.
        let bytes = directory.utf8.map { byte in
            let isPlain =
                (0x2d...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || byte == 0x5f
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
        }
        return "pouch" + bytes.joined()
    }

    /// The image that was mapped for `directory`; nil if none is, or the kernel maps none at all.
    static func image(of directory: String) throws(SystemError) -> Image? {
        let key = "key=\(keyName(for: directory))"
        for number in try numbers() {
            // It may go while one reads.
            guard let words = try? OpenFile.text(at: "\(Self.directory)/\(number)/config_info"),
                isAsked(with: key, in: words)
            else { continue }
            return Image(number: number)
        }
        return nil
    }

    /// `MONITORS OPTION,OPTION… POOL IMAGE SNAPSHOT`
    static func isAsked(with option: String, in words: String) -> Bool {
        let fields = words.split(whereSeparator: \.isWhitespace)
        return fields.count > 1 && fields[1].split(separator: ",").contains(Substring(option))
    }

    private static func numbers() throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try OpenFile(directory, for: .directory, following: true).names().sorted()
        } catch {
            guard error.isMissing else { throw error }
            return []
        }
    }

    /// How many bytes a block device of this name has.
    static func size(of name: String) -> Int64? {
        guard let text = try? OpenFile.text(at: "/sys/block/\(name)/size"),
            let sectors = Int64(text.prefix { $0.isNumber })
        else { return nil }
        return sectors * 512
    }
}
