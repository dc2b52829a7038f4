/// The users and groups that an image knows: its `/etc/passwd` and `/etc/group`.
struct Accounts: Hashable, Sendable {
    /// Who a process runs as.
    struct Identity: Hashable, Sendable {
        var user: UInt32 = 0
        var group: UInt32 = 0
        var moreGroups: [UInt32] = []
    }

    private struct User: Hashable {
        let name: Substring
        let id: UInt32
        let group: UInt32
    }

    private struct Group: Hashable {
        let name: Substring
        let id: UInt32
        let members: [Substring]
    }

    private let users: [User]
    private let groups: [Group]

    /// Lines that make no sense are left out, as libc does.
    init(passwd: String, group: String) {
        users = Self.lines(passwd).compactMap { fields in
            guard fields.count >= 4, let id = UInt32(fields[2]), let group = UInt32(fields[3])
            else { return nil }
            return User(name: fields[0], id: id, group: group)
        }
        groups = Self.lines(group).compactMap { fields in
            guard fields.count >= 3, let id = UInt32(fields[2]) else { return nil }
            let members = fields.count > 3 ? fields[3].split(separator: ",") : []
            return Group(name: fields[0], id: id, members: members)
        }
    }

    private static func lines(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
    }

    /// Resolves `user[:group]`, each a name or a number; empty is root.
    ///
    /// The groups that list the user are added unless a group is named, as docker does.
    func identity(of text: String) throws(ContainerError) -> Identity {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let wanted = parts.first.map { $0.isEmpty ? "0" : $0 } ?? "0"
        var identity = Identity()
        let known = users.first { $0.name == wanted || UInt32(wanted) == $0.id }
        if let known {
            identity.user = known.id
            identity.group = known.group
        } else if let number = Self.number(wanted) {
            identity.user = number
        } else {
            throw .startFailed(
                "unable to find user \(wanted): the image's /etc/passwd has no such name; "
                    + "use one that it has, or a number", exitStatus: 125)
        }
        if parts.count > 1, !parts[1].isEmpty {
            identity.group = try group(parts[1])
        } else if let known {
            identity.moreGroups = groups.filter { $0.members.contains(known.name) }.map(\.id)
        }
        return identity
    }

    private func group(_ text: Substring) throws(ContainerError) -> UInt32 {
        if let known = groups.first(where: { $0.name == text || UInt32(text) == $0.id }) {
            return known.id
        }
        if let number = Self.number(text) { return number }
        throw .startFailed(
            "unable to find group \(text): the image's /etc/group has no such name; "
                + "use one that it has, or a number", exitStatus: 125)
    }

    /// Ids that the kernel can have: all ones mean "none" to it.
    private static func number(_ text: Substring) -> UInt32? {
        UInt32(text).flatMap { $0 < 0x7fff_ffff ? $0 : nil }
    }
}
