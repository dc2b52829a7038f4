import Linux
import Volumes

/// How an image's filesystem is mounted: what every filesystem knows, and what is its own.
struct CephMountOptions: Hashable, Sendable {
    private let flags: UInt
    /// For the filesystem, with commas.
    let text: String

    private static let words: [String: Mounting.Flags] = [
        "noatime": .noAccessTimes, "nodiratime": .noDirectoryAccessTimes, "nosuid": .noSetuid,
        "nodev": .noDevices, "noexec": .noExecution, "sync": .synchronous,
    ]

    init(_ options: String) throws(VolumeError) {
        var flags: UInt = 0
        var rest: [Substring] = []
        for word in options.split(separator: ",") {
            guard word != "ro" else {
                throw .invalidOption(
                    "mount-options", value: options,
                    reason: "a volume is mounted for writing; give :ro to the containers that only "
                        + "read, or say access=read-only if all hosts only do")
            }
            if let flag = Self.words[String(word)] {
                flags |= flag.rawValue
            } else {
                rest.append(word)
            }
        }
        self.flags = flags
        text = rest.joined(separator: ",")
    }

    var mountFlags: Mounting.Flags { Mounting.Flags(rawValue: flags) }
}
