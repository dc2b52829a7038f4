import Volumes

/// Owner and permissions of a volume's root, as options give them.
enum RootOptions {
    /// `mode=`: up to four octal digits.
    static func mode(in options: [String: String]) throws(VolumeError) -> UInt32? {
        guard let text = options["mode"] else { return nil }
        guard text.utf8.count <= 5, let mode = UInt32(text, radix: 8), text.first != "+",
            mode <= 0o7777
        else {
            throw .invalidOption(
                "mode", value: text, reason: "give permissions in octal, such as 0755")
        }
        return mode
    }

    /// `uid=` or `gid=`: a number below 2³² − 1, which means "none" to the kernel.
    static func id(
        _ option: String, in options: [String: String]
    ) throws(VolumeError) -> UInt32? {
        guard let text = options[option] else { return nil }
        guard let id = UInt32(text), text.first != "+", id != .max else {
            throw .invalidOption(option, value: text, reason: "give a number, such as 1000")
        }
        return id
    }
}
