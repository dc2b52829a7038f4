import Foundation
import Linux
import Synchronization
import TestSupport

@testable import Containers

/// A runtime whose processes do what a test tells them; its images and layers are directories.
///
/// It belongs to the world: a daemon that dies leaves it as it is.
final class FakeRuntime: Sendable {
    enum Method: String, Sendable, CaseIterable {
        case awaken, images, image, load, pull, removeImage, makeLayer, removeLayer, create, start
        case signal, wait, closeInput, resizeTerminal, delete, tasks
    }

    /// A process and its ends of the FIFOs, as its shim holds them.
    private struct Process {
        var state = TaskState.created
        let stdout: ShimEnd
        let stderr: ShimEnd?
    }

    private struct State {
        var calls: [Method] = []
        var failures: [Method: [any Error]] = [:]
        var layers: Set<ContainerID> = []
        var processes: [ContainerID: Process] = [:]
        var specifications: [ContainerID: Data] = [:]
        var isDown = false
    }

    private let state = Mutex(State())
    private let ends = Waiters<ContainerID, Exit>()
    let root: String
    /// What images say of themselves.
    let configuration: Mutex<ImageConfiguration>

    /// `root` gets the image's files under `image`.
    init(_ root: String, _ configuration: ImageConfiguration) throws {
        self.root = root
        self.configuration = Mutex(configuration)
        for path in ["\(root)/image/etc", "\(root)/layers"] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }
    }

    // MARK: What a test says and asks

    var calls: [Method] { state.withLock { $0.calls } }
    var layers: Set<ContainerID> { state.withLock { $0.layers } }
    var running: Set<ContainerID> {
        state.withLock { state in
            Set(state.processes.filter { $0.value.state == .running(pid: 42) }.keys)
        }
    }
    var processes: Set<ContainerID> { state.withLock { Set($0.processes.keys) } }

    func specification(of id: ContainerID) throws -> [String: Any] {
        let data = state.withLock { $0.specifications[id] } ?? Data()
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    func fail(_ method: Method, with error: any Error = TestFailure("the runtime was told to fail"))
    {
        state.withLock { $0.failures[method, default: []].append(error) }
    }

    /// The runtime itself dies; its processes live on.
    func goDown() { state.withLock { $0.isDown = true } }

    /// The machine restarts: no process is left.
    func reboot() { state.withLock { $0.processes = [:] } }

    func write(_ text: String, from id: ContainerID, toStderr: Bool = false) throws {
        let end = state.withLock { state in
            state.processes[id].map { toStderr ? $0.stderr ?? $0.stdout : $0.stdout }
        }
        try end?.write(text)
    }

    /// The process ends, and lets go of its output.
    func end(_ id: ContainerID, status: Int32 = 0) {
        let exit = Exit(status: status, at: Date())
        let isNew = state.withLock { state in
            guard case .running = state.processes[id]?.state else { return false }
            return true
        }
        guard isNew else { return }
        state.withLock { state in
            guard let process = state.processes[id] else { return }
            process.stdout.close()
            process.stderr?.close()
            state.processes[id]?.state = .ended(exit)
        }
        ends.tell(id, exit)
    }

    private func enter(_ method: Method) throws {
        try state.withLock { state in
            state.calls.append(method)
            if let error = state.failures[method]?.first {
                state.failures[method]?.removeFirst()
                throw error
            }
        }
    }
}

extension FakeRuntime: Runtime, OneProcess {
    func awaken() async throws {
        try enter(.awaken)
        state.withLock { $0.isDown = false }
    }

    func isInUse() async -> Bool { true }

    func images() async throws -> [Image] {
        try enter(.images)
        return [image]
    }

    private var image: Image {
        Image(
            id: "sha256:" + String(repeating: "a", count: 64),
            names: ["docker.io/library/busybox:latest"], digests: [], size: 1, createdAt: nil,
            chainID: "chain", configuration: configuration.withLock { $0 })
    }

    func image(_ reference: String) async throws -> Image {
        try enter(.image)
        guard ["busybox", image.id].contains(reference) else {
            throw ContainerError.noSuchImage(reference)
        }
        return image
    }

    func load(archive path: String) async throws -> [String] {
        try enter(.load)
        return image.names
    }

    func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        try enter(.pull)
        return image
    }

    func logIn(to domain: String, as credentials: RegistryCredentials) async throws {}

    func tag(_ reference: String, as name: ImageReference) async throws {}

    func layerSize(of container: ContainerID) async throws -> Int64 { 0 }

    func removeImage(_ reference: String) async throws -> [ImageRemoval] {
        try enter(.removeImage)
        return [.untagged(reference), .deleted(image.id)]
    }

    func makeLayer(for container: ContainerID, over image: Image) async throws -> [LayerMount] {
        try enter(.makeLayer)
        let layer = "\(root)/layers/\(container.short)"
        if state.withLock({ $0.layers.insert(container).inserted }) {
            try FileManager.default.createDirectory(
                atPath: layer, withIntermediateDirectories: true)
            try Tree.copy(
                from: OpenFile(root + "/image", for: .directory),
                to: OpenFile(layer, for: .directory))
        }
        return [LayerMount(type: "bind", source: layer, options: ["rbind", "rw"])]
    }

    func removeLayer(of container: ContainerID) async throws {
        try enter(.removeLayer)
        guard state.withLock({ $0.processes[container] }) == nil else {
            throw TestFailure("the layer is mounted")
        }
        _ = state.withLock { $0.layers.remove(container) }
        let layer = "\(root)/layers/\(container.short)"
        if (try? FileStatus(of: layer)) != nil { try Tree.remove(layer) }
    }

    func create(_ task: TaskRequest) async throws -> Int32 {
        try enter(.create)
        let stdout = try ShimEnd(task.stdout ?? "/dev/null")
        let stderr = try task.stderr.map { try ShimEnd($0) }
        state.withLock { state in
            state.processes[task.container] = Process(stdout: stdout, stderr: stderr)
            state.specifications[task.container] = task.specification
        }
        return 42
    }

    func start(_ container: ContainerID) async throws {
        try enter(.start)
        state.withLock { $0.processes[container]?.state = .running(pid: 42) }
    }

    /// Only SIGKILL and SIGTERM end a process, and SIGTERM not one that ignores it.
    func signal(_ container: ContainerID, _ signal: Int32) async throws {
        try enter(.signal)
        if signal == 9 || signal == 15 { end(container, status: 128 + signal) }
    }

    func wait(_ container: ContainerID) async throws -> Exit {
        try enter(.wait)
        let end = ends.expect(container)
        switch state.withLock({ $0.processes[container]?.state }) {
        case .ended(let exit): return exit
        case .none: throw ContainerError.runtime(action: "wait", reason: "no such process")
        default: break
        }
        guard let exit = await end.first() else { throw CancellationError() }
        return exit
    }

    func closeInput(of container: ContainerID) async throws { try enter(.closeInput) }

    func resizeTerminal(of container: ContainerID, width: Int, height: Int) async throws {
        try enter(.resizeTerminal)
    }

    func delete(_ container: ContainerID) async throws {
        try enter(.delete)
        let process = state.withLock { $0.processes.removeValue(forKey: container) }
        process?.stdout.close()
        process?.stderr?.close()
    }

    func tasks() async throws -> [ContainerID: TaskState] {
        try enter(.tasks)
        return state.withLock { state in
            state.isDown ? [:] : state.processes.mapValues(\.state)
        }
    }
}
