/// Storage did not answer in time.
public struct TimedOut: Error, Hashable, Sendable, CustomStringConvertible {
    public let action: String
    public let seconds: Int

    public init(_ action: String, seconds: Int) {
        self.action = action
        self.seconds = seconds
    }

    public var description: String { "\(action): no answer within \(seconds) s" }
}
