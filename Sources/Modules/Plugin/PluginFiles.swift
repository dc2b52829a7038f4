import Linux

/// Looks for plugins in directories, as Docker does: sockets before files that name an address.
struct PluginFiles: Sendable {
    private static let largestFile = 1 << 20
    private static let kinds = ["sock", "spec", "json"]

    let directories: [String]
    /// Sockets that we serve ourselves.
    let own: [String]

    /// All plugins that are announced, by name. Blocks; a directory that isn't there has none.
    func all() -> [String: PluginSpecification] {
        let own = Set(self.own.compactMap(Inode.init))
        var found: [String: PluginSpecification] = [:]
        let candidates = directories.flatMap(candidates)
        // Docker's order: sockets in any directory first; then directory by directory, `.spec`
        // before `.json`, and NAME.spec before NAME/NAME.spec.
        for candidate in candidates.filter({ $0.kind == "sock" })
            + candidates.filter({
                $0.kind != "sock"
            }) where found[candidate.name] == nil
        {
            guard let plugin = candidate.read(), !isOwn(plugin, own) else { continue }
            found[candidate.name] = plugin
        }
        return found
    }

    /// Directories to watch: those given, and one below for each that may hold NAME/NAME.sock.
    func watched() -> [String] {
        directories
            + directories.flatMap { directory in
                names(in: directory).filter { PluginSpecification.isName($0) }
                    .map { "\(directory)/\($0)" }
                    .filter { (try? FileStatus(of: $0).kind) == .directory }
            }
    }

    private func candidates(in directory: String) -> [Candidate] {
        let names = names(in: directory)
        return Self.kinds.flatMap { kind -> [Candidate] in
            let flat = names.filter { $0.hasSuffix("." + kind) }.map { $0.dropLast(kind.count + 1) }
            return flat.map { Candidate(String($0), kind, "\(directory)/\($0).\(kind)") }
                + names.map { Candidate($0, kind, "\(directory)/\($0)/\($0).\(kind)") }
        }.filter { PluginSpecification.isName($0.name) }
    }

    private func names(in directory: String) -> [String] {
        guard let opened = try? OpenFile(directory, for: .directory, following: true) else {
            return []
        }
        return ((try? opened.names()) ?? []).sorted()
    }

    private func isOwn(_ plugin: PluginSpecification, _ own: Set<Inode>) -> Bool {
        guard case .socket(let path) = plugin.address, let inode = Inode(path) else { return false }
        return own.contains(inode)
    }

    /// Names a file, whatever path leads to it.
    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64

        init?(_ path: String) {
            guard
                let status = try? OpenFile(path, for: .reference, following: true).status()
            else { return nil }
            (device, number) = (status.device, status.inode)
        }
    }

    private struct Candidate {
        let name: String
        let kind: String
        let path: String

        init(_ name: String, _ kind: String, _ path: String) {
            (self.name, self.kind, self.path) = (name, kind, path)
        }

        /// Nil if there is none.
        func read() -> PluginSpecification? {
            guard let status = try? FileStatus(of: path) else { return nil }
            guard kind != "sock" else {
                return status.kind == .socket ? plugin(.socket(path), status) : nil
            }
            guard let content = PluginFiles.content(of: path) else {
                return (try? FileStatus(of: path)).map { plugin(.unusable("can't be read"), $0) }
            }
            let address: PluginSpecification.Address =
                kind == "spec"
                ? .init(spec: String(decoding: content, as: UTF8.self)) : .init(json: content)
            return plugin(address, status)
        }

        private func plugin(
            _ address: PluginSpecification.Address, _ status: FileStatus
        ) -> PluginSpecification {
            PluginSpecification(
                name: name, file: path, address: address,
                stamp: "\(status.device) \(status.inode) \(status.modifiedSeconds) "
                    + "\(status.modifiedNanoseconds)")
        }
    }

    private static func content(of path: String) -> [UInt8]? {
        guard let file = try? OpenFile(path, for: .reading, following: true),
            let status = try? file.status(), status.kind == .file, status.size <= largestFile
        else { return nil }
        return try? file.bytes()
    }
}
