import CLinux

extension OpenFile {
    /// Writes all that the filesystem holds in memory, and lets nothing more be written until
    /// ``thawFilesystem()``. Blocks, and so does everybody who writes.
    public func freezeFilesystem() throws(SystemError) {
        try answered("freeze", path) { clinux_freeze(descriptor) }
    }

    /// Undoes ``freezeFilesystem()``; answers whether it was frozen.
    @discardableResult
    public func thawFilesystem() throws(SystemError) -> Bool {
        do {
            try answered("thaw", path) { clinux_thaw(descriptor) }
            return true
        } catch {
            guard error.errno == 22 else { throw error }
            return false
        }
    }
}
