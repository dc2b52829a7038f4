import CLinux

extension OpenFile {
    /// Moves every entry, whatever bytes its name has, into another directory of the same filesystem.
    ///
    /// What has the name there already stays, and so does the entry. Not every filesystem can refuse
    /// to replace, so that is looked at first. `moved` is called after each.
    public func moveEntries(
        to directory: OpenFile, pulse: Pulse? = nil, _ moved: () -> Void = {}
    ) throws {
        // All at once: what is read of a directory that changes meanwhile may lack some.
        let entries = try DirectoryEntries(of: self)
        var names: [EntryName] = []
        while let entry = try entries.next() { names.append(entry.name) }
        for name in names {
            try pulse?.beat()
            var status = clinux_status()
            guard clinux_status(directory.descriptor, name.bytes, &status) < 0 else { continue }
            try answered("rename \(path)/\(name) to", "\(directory.path)/\(name)") {
                clinux_renameat2(descriptor, name.bytes, directory.descriptor, name.bytes, 0)
            }
            moved()
        }
    }
}
