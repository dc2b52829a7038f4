#if canImport(Glibc)
    import Glibc
#endif

/// Why the daemon could not be asked, or what it refused.
public enum ClientError: Error, Hashable, Sendable {
    case invalidHost(String)
    case longHost(String)
    /// Nobody could be reached; `errno` says why.
    case unreachable(Host, errno: Int32)
    /// The daemon was reached, but its answer did not arrive whole.
    case cut(Host, reason: String)
    /// The answer makes no sense to us.
    case unintelligible(Host, reason: String)
    /// The daemon's own words. `exitStatus` is 126 or 127 if a container's command could not run.
    case refused(status: Int, message: String, exitStatus: Int32? = nil)
    /// The daemon's own words on what it had begun and did not bring to an end.
    case failed(String)
    /// A volume, container or image was named with an empty text.
    case emptyName
    /// What should have been sent could not be read.
    case unreadable(String, errno: Int32)
    /// What was asked for could not be written.
    case unwritable(String, errno: Int32)
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidHost(let text):
            "invalid host \"\(text)\": use unix:// and the absolute path of pouchd's socket"
        case .longHost(let text):
            "the socket's path in \"\(text)\" is too long: Linux allows 107 bytes"
        case .unreachable(let host, let errno):
            "cannot reach pouchd at \(host): \(Self.remedy(for: errno))"
        case .cut(let host, let reason):
            "pouchd at \(host) broke off its answer (\(reason)): see its log, then try again"
        case .unintelligible(let host, let reason):
            "what answers at \(host) does not speak as pouchd does (\(reason)): "
                + "are pouch and pouchd of the same version?"
        case .refused(_, let message, _), .failed(let message):
            message
        case .emptyName:
            "the name is empty: give the name of a volume, a container or an image"
        case .unreadable(let what, let errno):
            "cannot read \(what): \(Self.words(for: errno))"
        case .unwritable(let what, let errno):
            "cannot write \(what): \(Self.words(for: errno))"
        }
    }

    private static func remedy(for errno: Int32) -> String {
        switch errno {
        case ENOENT:
            "is it running? There is no such socket; start pouchd, or name another with -H"
        case ECONNREFUSED:
            "is it running? Nobody listens at that socket; start pouchd"
        case EACCES, EPERM:
            "permission denied: become root or a member of the socket's group, pouch"
        default:
            words(for: errno)
        }
    }

    private static func words(for errno: Int32) -> String {
        String(cString: strerror(errno))
    }
}
