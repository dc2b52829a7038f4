import Linux
import Volumes

/// Mount options as after `mount -o`: flags of the kernel's, and words for the filesystem.
struct MountWords: Hashable, Sendable {
    /// One word for the filesystem: `addr=10.0.0.1`, or without a value.
    struct Word: Hashable, Sendable {
        let name: String
        var value: String
        let hasValue: Bool

        init(_ text: Substring) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            name = String(parts[0])
            hasValue = parts.count > 1
            value = hasValue ? String(parts[1]) : ""
        }

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
            hasValue = true
        }
    }

    private(set) var flags: Mounting.Flags = []
    private(set) var data: [Word] = []

    /// What the kernel takes, the last byte of its page aside.
    private static let longest = 4095

    init(_ text: String) throws(VolumeError) {
        guard text.utf8.count <= Self.longest, !text.utf8.contains(0) else {
            throw .invalidOption(
                "o", value: "", reason: "give at most \(Self.longest) bytes of text")
        }
        for word in text.split(separator: ",") { try take(word) }
    }

    private mutating func take(_ text: Substring) throws(VolumeError) {
        let word = String(text)
        if word == "defaults" { return }
        if let reason = Self.refused[word] ?? Self.refused[Word(text).name + "="] {
            throw .invalidOption("o", value: Word(text).name, reason: reason)
        }
        if let (set, clear) = Self.known[word] {
            flags.subtract(clear)
            flags.formUnion(set)
        } else {
            data.append(Word(text))
        }
    }

    private static let ofReading: Mounting.Flags = [
        .noAccessTimes, .relativeAccessTimes, .strictAccessTimes,
    ]

    /// What each sets, after clearing what it rules out.
    private static let known: [String: (set: Mounting.Flags, clear: Mounting.Flags)] = [
        "ro": (.readOnly, []), "rw": ([], .readOnly),
        "nosuid": (.noSetuid, []), "suid": ([], .noSetuid),
        "nodev": (.noDevices, []), "dev": ([], .noDevices),
        "noexec": (.noExecution, []), "exec": ([], .noExecution),
        "sync": (.synchronous, []), "async": ([], .synchronous),
        "dirsync": (.synchronousDirectories, []),
        "noatime": (.noAccessTimes, ofReading), "atime": ([], ofReading),
        "nodiratime": (.noDirectoryAccessTimes, []), "diratime": ([], .noDirectoryAccessTimes),
        "relatime": (.relativeAccessTimes, ofReading), "norelatime": ([], .relativeAccessTimes),
        "strictatime": (.strictAccessTimes, ofReading),
        "nostrictatime": ([], .strictAccessTimes),
        "lazytime": (.lazyTimes, []), "nolazytime": ([], .lazyTimes),
        "bind": (.bind, []), "rbind": ([.bind, .recursive], []),
    ]

    private static let refused: [String: String] = {
        let travels = "how mounts travel is each container's: give it as a mode of -v"
        let table = "it is for /etc/fstab, and means nothing to the kernel; leave it out"
        var refused = [
            "remount": "a volume is mounted anew at its first use; leave it out",
            "move": "nothing is moved; leave it out",
            "loop": "make the device first: losetup -f --show FILE, and give that as device",
            "loop=": "make the device first: losetup -f --show FILE, and give that as device",
        ]
        for word in ["private", "slave", "shared", "unbindable"] {
            refused[word] = travels
            refused["r" + word] = travels
        }
        for word in ["auto", "noauto", "nofail", "_netdev", "user", "users", "nouser", "owner"] {
            refused[word] = table
        }
        return refused
    }()

    /// For the filesystem, as mount(2) takes them.
    var dataText: String {
        data.map { $0.hasValue ? "\($0.name)=\($0.value)" : $0.name }.joined(separator: ",")
    }

    subscript(name: String) -> String? {
        get { data.last { $0.name == name }?.value }
        set {
            data.removeAll { $0.name == name }
            if let newValue { data.append(Word(name, newValue)) }
        }
    }
}

extension MountWords: CustomStringConvertible {
    /// The names only: values may be secrets.
    var description: String { data.map(\.name).joined(separator: ",") }
}
