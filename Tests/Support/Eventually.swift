/// Waits until `condition` holds, asking often; throws, naming `what`, if it does not in time.
public func eventually(
    _ what: String, within limit: Duration = .seconds(10),
    isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestFailure("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
