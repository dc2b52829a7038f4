import CLinux

/// What this process has mapped.
public enum OwnMemory {
    /// Gives back the code that is mapped by now; what is needed again costs a page fault, and no
    /// read from disk while it is in the page cache.
    ///
    /// To start, a Swift program looks at most of its types. A daemon does that once, and need not
    /// be counted with it ever after.
    public static func giveBackCode() { _ = clinux_unmap_code() }
}
