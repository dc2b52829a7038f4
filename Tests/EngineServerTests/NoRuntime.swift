import Containers
import FoundationEssentials

/// A runtime that isn't there.
struct NoRuntime: Runtime {
    private var absent: ContainerError { .runtimeUnavailable("install containerd") }

    func awaken() async throws { throw absent }
    func isInUse() async -> Bool { false }
    func images() async throws -> [Image] { throw absent }
    func image(_ reference: String) async throws -> Image { throw absent }
    func load(archive path: String) async throws -> [String] { throw absent }
    func save(
        _ references: [String], _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws { throw absent }
    func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image { throw absent }
    func logIn(to domain: String, as credentials: RegistryCredentials) async throws { throw absent }
    func tag(_ reference: String, as name: ImageReference) async throws { throw absent }
    func removeImage(_ reference: String) async throws -> [ImageRemoval] { throw absent }
    func makeLayer(
        for container: ContainerID, over image: Image
    ) async throws -> [LayerMount] { throw absent }
    func removeLayer(of container: ContainerID) async throws { throw absent }
    func layerSize(of container: ContainerID) async throws -> Int64 { throw absent }
    func create(_ task: TaskRequest) async throws -> Int32 { throw absent }
    func start(_ container: ContainerID) async throws { throw absent }
    func signal(_ container: ContainerID, _ signal: Int32) async throws { throw absent }
    func wait(_ container: ContainerID) async throws -> Exit { throw absent }
    func closeInput(of container: ContainerID) async throws { throw absent }
    func resizeTerminal(of container: ContainerID, width: Int, height: Int) async throws {
        throw absent
    }
    func delete(_ container: ContainerID) async throws { throw absent }
    func pause(_ container: ContainerID) async throws { throw absent }
    func resume(_ container: ContainerID) async throws { throw absent }
    func limit(_ container: ContainerID, to resources: Data) async throws { throw absent }
    func make(_ process: SideProcess, _ request: SideProcessRequest) async throws { throw absent }
    func start(_ process: SideProcess) async throws -> Int32 { throw absent }
    func wait(_ process: SideProcess) async throws -> Exit { throw absent }
    func kill(_ process: SideProcess) async throws { throw absent }
    func closeInput(of process: SideProcess) async throws { throw absent }
    func resizeTerminal(of process: SideProcess, width: Int, height: Int) async throws {
        throw absent
    }
    func delete(_ process: SideProcess) async throws { throw absent }
    func tasks() async throws -> [ContainerID: TaskState] { [:] }
}
