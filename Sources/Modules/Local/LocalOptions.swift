import Volumes

/// What a local volume was asked to be.
struct LocalOptions: Hashable, Sendable {
    static let known = [
        DriverOption(
            "mount", "an existing directory of yours to use as it is; never deleted",
            default: "a directory of pouchd's own"),
        DriverOption("uid", "the owner of pouchd's directory, a number", default: "0"),
        DriverOption("gid", "the group of pouchd's directory, a number", default: "0"),
        DriverOption("mode", "the permissions of pouchd's directory, in octal", default: "0755"),
    ]

    /// How the original spelt a limit. None is accepted before it holds.
    private static let sizes = ["size", "opt.size", "Size", "opt.Size"]

    static let all =
        known + sizes.map { DriverOption($0, "refused: this driver can't limit sizes yet") }

    static let usualMode: UInt32 = 0o755

    let uid: UInt32?
    let gid: UInt32?
    let mode: UInt32?
    /// As the user wrote it.
    let mount: String?

    /// Whether our directory is to be as it is made.
    var isPlain: Bool { uid == nil && gid == nil && (mode == nil || mode == Self.usualMode) }

    init(_ options: [String: String]) throws(VolumeError) {
        if let size = Self.sizes.first(where: { options[$0] != nil }) {
            throw .invalidOption(
                size, value: options[size] ?? "",
                reason: "the local driver can't make a size hold yet; leave it out, or use the "
                    + "tmpfs driver, whose size holds")
        }
        uid = try RootOptions.id("uid", in: options)
        gid = try RootOptions.id("gid", in: options)
        mode = try RootOptions.mode(in: options)
        mount = options["mount"]
        guard mount != nil,
            let option = ["uid", "gid", "mode"].first(where: { options[$0] != nil })
        else { return }
        throw .invalidOption(
            option, value: options[option] ?? "",
            reason: "a directory given with mount= stays as it is; chown and chmod it yourself")
    }
}
