/// Why an action on a volume was refused or failed. Each message says with what, and a way out.
public enum VolumeError: Error, Hashable, Sendable {
    case invalidName(String)
    case unknownOption(String, driver: String, known: [String])
    /// `reason` is a sentence part that says what would be right.
    case invalidOption(String, value: String, reason: String)
    case invalidSize(String)
    case unknownDriver(String, known: [String])
    case notFound(String)
    /// A create states something else than what exists: `difference` says what.
    case differs(VolumeName, difference: String)
    /// Another volume has for itself what this one asks for.
    case claimed(String, by: VolumeName)
    case inUse(VolumeName, by: [String])
    /// What lies at the volume's place is not the volume: it must not be used in its stead.
    case unavailable(VolumeName, expected: String, found: String)
    /// What was to be imported is no archive, or not all of one.
    case badArchive(String)
    /// An import would replace what is there.
    case notEmpty(VolumeName)
    /// Something else goes on with the volume now.
    case busy(VolumeName, with: String)
    /// The volume holds nothing unless someone uses it.
    case forgetful(VolumeName, driver: String)
    /// Nobody, or not this owner, has what is to be detached.
    case notUsed(VolumeName, by: String?)
    /// What is to be detached belongs to a container of ours.
    case usedByContainer(VolumeName, String)
    /// What is to be detached is mounted: `by` says where, in words.
    case stillMounted(VolumeName, by: [String])
    /// Another host has it: `by` says which, in words.
    case heldElsewhere(VolumeName, by: String)
    case unsupported(String, driver: String)
    case timedOut(String, seconds: Int)
    /// Storage said no: `action` is what we tried, `reason` what it said.
    case storage(action: String, reason: String)
}

extension VolumeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidName(let name) where name.utf8.count == 1:
            "volume name \(Self.quoted(name)) is too short: use two characters or more"
        case .invalidName(let name):
            """
            invalid volume name \(Self.quoted(name)): use 2 to 255 letters, digits, "_", "." \
            and "-", beginning with a letter or a digit
            """
        case .unknownOption(let option, let driver, let known):
            """
            driver "\(driver)" has no option \(Self.quoted(option)): \
            it knows \(known.sorted().joined(separator: ", "))
            """
        case .invalidOption(let option, let value, let reason):
            "invalid value \(Self.quoted(Self.withoutSecrets(value))) for option \"\(option)\": \(reason)"
        case .invalidSize(let text):
            """
            invalid size \(Self.quoted(text)): give bytes, or a number with a binary unit, \
            such as 512m, 1.5g or 10G
            """
        case .unknownDriver(let driver, let known):
            """
            no volume driver \(Self.quoted(driver)): \
            this pouchd has \(known.sorted().joined(separator: ", "))
            """
        case .notFound(let name):
            "get \(Self.shortened(name)): no such volume"
        case .differs(let name, let difference):
            """
            volume \(name) exists and differs: \(Self.withoutSecrets(difference)); \
            ask for what is stored, or choose another name
            """
        case .claimed(let claim, let holder):
            "\(claim) already belongs to volume \(holder): choose another, or remove that volume"
        case .inUse(let name, let owners):
            "remove \(name): volume is in use - [\(owners.joined(separator: ", "))]"
        case .unavailable(let name, let expected, let found):
            """
            volume \(name) is unavailable: expected \(expected), found \(found); \
            bring the storage back (is a disk not mounted?), then try again
            """
        case .badArchive(let reason):
            reason
        case .notEmpty(let name):
            "volume \(name) is not empty: use force to replace all that is in it"
        case .busy(let name, let what):
            "volume \(name) is busy with \(what): try again when that has ended"
        case .forgetful(let name, let driver):
            """
            volume \(name) (driver \(driver)) is memory that no running container uses, and holds \
            nothing: start one that uses it first
            """
        case .notUsed(let name, let owner?):
            "detach \(name): \(Self.quoted(owner)) does not use it"
        case .notUsed(let name, nil):
            "detach \(name): nobody uses it but containers of pouchd, if any"
        case .usedByContainer(let name, let container):
            """
            detach \(name): container \(container) has it: stop the container; if its storage \
            can't be told, use --force
            """
        case .stillMounted(let name, let users):
            """
            detach \(name): it is really in use, so it stays: mounted by \
            \(users.prefix(5).joined(separator: ", ")); stop what uses it first
            """
        case .heldElsewhere(let name, let holder):
            """
            volume \(name) is in use elsewhere: \(holder); stop what uses it there, or, if that host \
            is dead, take it with pouch volume detach --force \(name)
            """
        case .unsupported(let ability, let driver):
            "driver \"\(driver)\" cannot \(ability)"
        case .timedOut(let action, let seconds):
            "\(action): no answer within \(seconds) s; the storage under it may be hung"
        case .storage(let action, let reason):
            "\(action): \(reason)"
        }
    }

    /// Lists of mount options may have secrets among them, which belong in no message and no log.
    private static func withoutSecrets(_ text: String) -> String {
        text.replacing(/(?i)\b(password2?|passwd|pass|secret)=[^,"]*/) { "\($0.output.1)=***" }
    }

    /// User text made safe for one line of a terminal or a log.
    private static func quoted(_ text: String) -> String {
        "\"" + shortened(text) + "\""
    }

    private static func shortened(_ text: String) -> String {
        let longest = 300
        let visible = text.unicodeScalars.prefix(longest).reduce(into: "") { result, scalar in
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            result += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text.unicodeScalars.count > longest ? visible + "…" : visible
    }
}
