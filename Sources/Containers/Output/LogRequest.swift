public import FoundationEssentials

/// Which part of what a container wrote is wanted.
public struct LogRequest: Hashable, Sendable {
    /// When to stop reading.
    public enum End: Sendable {
        /// With what is there now.
        case now
        /// When the container has ended: at once if it does not run any more, after its first
        /// run if it never ran.
        case whenStopped
        /// When the run that is on, or else the next one, has ended: for one who attaches.
        case afterRun
    }

    public var stdout = true
    public var stderr = true
    public var since: Date?
    public var until: Date?
    /// The number of lines at the end to begin with; nil for all there are.
    public var tail: Int?
    public var end = End.now

    public init() {}
}
