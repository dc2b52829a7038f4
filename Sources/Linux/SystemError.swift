import Glibc

/// A system call that failed: which, on what, and why.
public struct SystemError: Error, Hashable, Sendable {
    public let call: String
    public let path: String?
    public let errno: Int32
    /// What is known beyond the error number, as a sentence part.
    public let detail: String?

    public init(_ call: String, _ path: String? = nil, errno: Int32, detail: String? = nil) {
        self.call = call
        self.path = path
        self.errno = errno
        self.detail = detail
    }

    /// Nothing has that name.
    public var isMissing: Bool { errno == ENOENT }
    /// Something has that name already.
    public var isTaken: Bool { errno == EEXIST }

    /// Somebody uses it.
    public var isBusy: Bool { errno == EBUSY }

    /// What the error number means: `No space left on device`.
    public var reason: String { String(cString: strerror(errno)) }
}

extension SystemError: CustomStringConvertible {
    public var description: String {
        let action = path.map { "\(call) \($0)" } ?? call
        return "\(action): \(detail.map { "\(reason) (\($0))" } ?? reason)"
    }
}

/// Returns what a system call answered unless that is -1; then throws what `errno` says.
@discardableResult
func checked<Answer: SignedInteger>(
    _ call: String, _ path: @autoclosure () -> String?, _ body: () -> Answer
) throws(SystemError) -> Answer {
    while true {
        let answer = body()
        let number = Glibc.errno
        guard answer < 0 else { return answer }
        guard number != EINTR else { continue }
        throw SystemError(call, path(), errno: number)
    }
}

/// The same for a function of CLinux, which answers minus the error number.
@discardableResult
func answered(
    _ call: String, _ path: @autoclosure () -> String?, _ body: () -> Int32
) throws(SystemError) -> Int32 {
    while true {
        let answer = body()
        guard answer < 0 else { return answer }
        guard answer != -EINTR else { continue }
        throw SystemError(call, path(), errno: -answer)
    }
}
