import Crypto
import FoundationEssentials
import GRPCCore
import Volumes

/// What a storage class, or a workload that brings its volume with it, says of a volume.
struct Parameters: Sendable {
    /// Who says it.
    enum Source {
        /// An administrator, for many volumes.
        case storageClass
        /// Whoever may run a workload, for the one that it brings.
        case workload
    }

    static let mostBytes = 4096
    /// What an orchestrator adds of itself; see the sidecars' `--extra-create-metadata`.
    private static let added = "csi.storage.k8s.io/"
    /// What names one place of the host's: no class can mean it for each of its volumes, and no
    /// workload may choose it.
    private static let places = ["mount", "type", "device", "o", "image"]
    /// What a workload may say: nothing that reaches beyond its own volume.
    private static let choosable = [
        "size", "backing", "fs", "inodes", "uid", "gid", "mode", "nr_inodes",
    ]

    let driver: String
    var options: [String: String]
    /// What the orchestrator told of whom it makes the volume for, such as `pvc/name`.
    let labels: [String: String]

    init(_ parameters: [String: String], from source: Source) throws(RPCError) {
        let bytes = parameters.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes <= Self.mostBytes else {
            throw .invalid("parameters: \(bytes) bytes are more than \(Self.mostBytes)")
        }
        var options = parameters.filter { !$0.key.hasPrefix(Self.added) }
        driver = options.removeValue(forKey: "driver") ?? Drivers.default
        self.options = options
        labels = Dictionary(
            uniqueKeysWithValues: parameters.filter { $0.key.hasPrefix(Self.added) }
                .map { ("csi." + $0.key.dropFirst(Self.added.count), $0.value) })
        switch source {
        case .storageClass: try checkClass()
        case .workload: try checkWorkload()
        }
    }

    private func checkClass() throws(RPCError) {
        for option in options.keys.sorted() {
            guard !Self.places.contains(option) else {
                throw .invalid(
                    "parameter \"\(option)\" names one place, and a class makes many volumes: make "
                        + "the volume with pouch volume create, and use it by its name")
            }
            guard option.lowercased() != "size", option.lowercased() != "opt.size" else {
                throw .invalid(
                    "parameter \"\(option)\": a volume's size comes with the claim; leave it out")
            }
        }
    }

    private func checkWorkload() throws(RPCError) {
        guard ["local", "tmpfs"].contains(driver) else {
            throw .invalid(
                "driver \"\(driver)\" has no volumes that a workload brings with it: use local or "
                    + "tmpfs, or a claim")
        }
        for option in options.keys.sorted() where !Self.choosable.contains(option) {
            throw .invalid(
                "volume attribute \"\(option)\" is not for workloads to choose: use driver, "
                    + Self.choosable.joined(separator: ", "))
        }
    }

    /// Gives the volume the filesystem that it is to be mounted with.
    mutating func take(filesystemsOf accesses: [Access]) throws(RPCError) {
        let wanted = Set(accesses.map(\.filesystem).filter { !$0.isEmpty })
        guard let filesystem = wanted.first else { return }
        guard wanted.count == 1 else {
            throw .invalid("volume_capabilities: a volume has one fs_type, not several")
        }
        guard driver != "tmpfs" else {
            guard filesystem == "tmpfs" else {
                throw .invalid("fs_type \"\(filesystem)\": memory has tmpfs; leave it empty")
            }
            return
        }
        let given = options["fs"]
        guard given == nil || given == filesystem else {
            throw .invalid(
                "fs_type \"\(filesystem)\" is not the class's parameter fs \"\(given ?? "")\": keep "
                    + "one")
        }
        options["fs"] = filesystem
    }

    /// What the smallest volume takes, in bytes; more may be given for less.
    var smallest: Int64 {
        guard driver == "local" else { return 1 << 20 }
        return switch options["fs"] {
        case "xfs": 300 << 20
        case "btrfs": 109 << 20
        default: 4 << 20
        }
    }

    /// In words that stay the same for the same meaning.
    static func text(_ parameters: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(parameters)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// The name that an orchestrator gives a volume, before it has an id.
struct GivenName: Sendable {
    static let longest = 128

    let text: String

    init(_ text: String) throws(RPCError) {
        guard !text.isEmpty else { throw .invalid("name is missing") }
        guard text.utf8.count <= Self.longest else {
            throw .invalid("name has \(text.utf8.count) bytes, more than \(Self.longest)")
        }
        let isControl = text.unicodeScalars.contains { scalar in
            (scalar.value < 0x20 && ![0x09, 0x0a, 0x0d].contains(scalar.value))
                || (0x7f..<0xa0).contains(scalar.value)
        }
        guard !isControl else { throw .invalid("name has control characters in it") }
        self.text = text
    }

    /// The volume's name, and id: the same where it can be one, else one that is made of it.
    var volume: VolumeName {
        get throws {
            if let name = try? VolumeName(text) { return name }
            let digest = SHA256.hash(data: Data(text.utf8))
            let digits = digest.prefix(20).map { byte in
                let hex = String(byte, radix: 16)
                return byte < 16 ? "0" + hex : hex
            }
            return try VolumeName("csi-" + digits.joined())
        }
    }
}
