/// What is remembered of containers.
///
/// Durable: what returned survives a power cut. It makes no decisions.
public protocol ContainerStore: Sendable {
    /// Every container that is remembered, in no particular order.
    func containers() async throws -> [Container]
    /// Adds a container, or replaces the record with the same id.
    func save(_ container: Container) async throws
    /// Nothing happens if there is none.
    func forget(_ container: ContainerID) async throws
}
