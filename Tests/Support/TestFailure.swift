/// What went wrong in a test's own machinery, or what a test makes go wrong.
public struct TestFailure: Error, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
