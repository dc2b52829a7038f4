import ContainerdAPI
public import Containers
import FoundationEssentials
import GRPCCore
import Glibc
import Logging
import SwiftProtobuf

extension ContainerdRuntime {
    private static let slowestProcess = Duration.seconds(120)
    private static let shimFuneral = Duration.seconds(10)
    private static let specificationType =
        "types.containerd.io/opencontainers/runtime-spec/1/Spec"
    private static let optionsType = "containerd.runc.v1.Options"
    private static let shim = "io.containerd.runc.v2"

    // MARK: - The life of a process

    public func create(_ task: TaskRequest) async throws -> Int32 {
        try await doing("make the process of container \(task.container.short)") {
            let snapshotter = try await snapshots.snapshotter()
            let key = task.container.description
            async let mounts = snapshots.mounts(of: key, in: snapshotter)
            try await record(task, in: snapshotter)
            do {
                return try await makeProcess(task, over: try await mounts)
            } catch {
                try? await forgetRecord(of: task.container)
                throw error
            }
        }
    }

    private func record(_ task: TaskRequest, in snapshotter: String) async throws {
        let record = Containerd_Services_Containers_V1_Container.with {
            $0.id = task.container.description
            $0.image = task.image.names.first ?? task.image.id
            $0.runtime.name = Self.shim
            if let options { $0.runtime.options = options }
            $0.spec.typeURL = Self.specificationType
            $0.spec.value = task.specification
            $0.snapshotter = snapshotter
            $0.snapshotKey = task.container.description
        }
        let send = {
            try await self.connection.call {
                try await $0.containers.create(
                    .with { $0.container = record }, metadata: $0.metadata, options: $0.options)
            }
        }
        if try await unlessPresent(send) == nil {
            // What an earlier run of the container left, or a call that a crash cut short.
            try await delete(task.container)
            _ = try await send()
        }
    }

    /// What the shim must know of our own containerd's ways.
    private var options: Google_Protobuf_Any? {
        guard let runcFolder else { return nil }
        let options = Containerd_Runc_V1_Options.with { $0.root = runcFolder }
        guard let bytes: Data = try? options.serializedBytes() else { return nil }
        return .with {
            $0.typeURL = Self.optionsType
            $0.value = bytes
        }
    }

    private func makeProcess(
        _ task: TaskRequest, over mounts: [MountMessage]
    ) async throws -> Int32 {
        let request = Containerd_Services_Tasks_V1_CreateTaskRequest.with {
            $0.containerID = task.container.description
            $0.rootfs = mounts
            $0.terminal = task.isTerminal
            $0.stdin = task.stdin ?? ""
            // The shim wants both or none, and of a terminal only one.
            let hasOutput = task.stdout != nil || task.stderr != nil
            $0.stdout = task.stdout ?? (hasOutput ? "/dev/null" : "")
            $0.stderr = task.isTerminal ? "" : task.stderr ?? (hasOutput ? "/dev/null" : "")
            if let options { $0.options = options }
        }
        do {
            let answer = try await connection.call(
                within: Self.slowestProcess, repeatable: false
            ) {
                try await $0.tasks.create(request, metadata: $0.metadata, options: $0.options)
            }
            return Int32(truncatingIfNeeded: answer.pid)
        } catch let error as RPCError {
            throw ContainerError(startFailure: error)
        }
    }

    public func start(_ container: ContainerID) async throws {
        try await doing("start container \(container.short)") {
            do {
                _ = try await connection.call(within: Self.slowestProcess, repeatable: false) {
                    try await $0.tasks.start(
                        .with { $0.containerID = container.description }, metadata: $0.metadata,
                        options: $0.options)
                }
            } catch let error as RPCError where error.code != .notFound {
                if try await isRunning(container) { return }
                throw ContainerError(startFailure: error)
            }
        }
    }

    private func isRunning(_ container: ContainerID) async throws -> Bool {
        try await [.running, .paused, .pausing].contains(process(of: container)?.status)
    }

    public func signal(_ container: ContainerID, _ signal: Int32) async throws {
        try await doing("send signal \(signal) to container \(container.short)") {
            let sent = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.kill(
                        .with {
                            $0.containerID = container.description
                            $0.signal = UInt32(signal)
                            $0.all = signal == SIGKILL
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
            guard sent != nil else { throw ContainerError.notRunning(container.short) }
        }
    }

    public func wait(_ container: ContainerID) async throws -> Exit {
        try await doing("wait for container \(container.short)") {
            let answer = try await unlessMissing {
                try await connection.call(within: nil) {
                    try await $0.tasks.wait(
                        .with { $0.containerID = container.description }, metadata: $0.metadata,
                        options: $0.options)
                }
            }
            guard let answer else { throw ContainerError.notRunning(container.short) }
            return Exit(status: answer.exitStatus, at: answer.exitedAt)
        }
    }

    public func delete(_ container: ContainerID) async throws {
        try await doing("delete the process of container \(container.short)") {
            do {
                if try await !deleteProcess(of: container) { try await endShim(of: container) }
            } catch let error as RPCError {
                guard try await isRunning(container) else { throw error }
                throw ContainerError.running(container.short)
            }
            try await forgetRecord(of: container)
            keepLogShort()
        }
    }

    /// Asks again while containerd is busy with the end of a shim that died. Answers whether
    /// containerd knew of a process.
    private func deleteProcess(of container: ContainerID) async throws -> Bool {
        let deadline = ContinuousClock.now.advanced(by: Self.shimFuneral)
        while true {
            do {
                return try await unlessMissing {
                    try await connection.call(within: Self.slowestProcess) {
                        try await $0.tasks.delete(
                            .with { $0.containerID = container.description },
                            metadata: $0.metadata, options: $0.options)
                    }
                } != nil
            } catch let error as RPCError where error.message.contains("ttrpc: closed") {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Ends the shim of a process that an earlier call, cut short, has deleted.
    private func endShim(of container: ContainerID) async throws {
        let deadline = ContinuousClock.now.advanced(by: Self.shimFuneral)
        while let shim = try await shims().first(where: { $0.container == container }) {
            if shim.children.isEmpty {
                logger.notice(
                    "ending a shim that containerd lost",
                    metadata: ["container": "\(container.short)", "process": "\(shim.id)"])
                return try await shim.end()
            }
            // It may be at work still for the call that was cut short.
            guard ContinuousClock.now < deadline else {
                throw ContainerError.running(container.short)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func shims() async throws -> [Shim] {
        try await Shim.all(of: own == nil ? nil : connection.socket)
    }

    private func forgetRecord(of container: ContainerID) async throws {
        _ = try await unlessMissing {
            try await connection.call {
                try await $0.containers.delete(
                    .with { $0.id = container.description }, metadata: $0.metadata,
                    options: $0.options)
            }
        }
    }

    // MARK: - Input and terminal

    public func closeInput(of container: ContainerID) async throws {
        try await doing("end the input of container \(container.short)") {
            _ = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.closeIO(
                        .with {
                            $0.containerID = container.description
                            $0.stdin = true
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
        }
    }

    public func resizeTerminal(
        of container: ContainerID, width: Int, height: Int
    ) async throws {
        try await doing("resize the terminal of container \(container.short)") {
            let resized = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.resizePty(
                        .with {
                            $0.containerID = container.description
                            $0.width = UInt32(clamping: width)
                            $0.height = UInt32(clamping: height)
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
            guard resized != nil else { throw ContainerError.notRunning(container.short) }
        }
    }

    // MARK: - What there is

    public func tasks() async throws -> [ContainerID: TaskState] {
        // Looked for first: one that ends meanwhile is one too many, not one too few.
        let shims = try await shims()
        var states = await isInUse() ? try await listedTasks() : [:]
        for shim in shims where states[shim.container] == nil {
            states[shim.container] = shim.children.first.map { .running(pid: $0) } ?? .remains
        }
        return states
    }

    private func listedTasks() async throws -> [ContainerID: TaskState] {
        try await doing("list processes") {
            let processes = try await connection.call {
                try await $0.tasks.list(.init(), metadata: $0.metadata, options: $0.options)
            }.tasks
            var states: [ContainerID: TaskState] = [:]
            for process in processes {
                guard let id = ContainerID(process.id) else { continue }
                states[id] = process.state
            }
            return states
        }
    }

    private func process(of container: ContainerID) async throws -> Process? {
        try await unlessMissing {
            try await connection.call {
                try await $0.tasks.get(
                    .with { $0.containerID = container.description }, metadata: $0.metadata,
                    options: $0.options)
            }.process
        }
    }
}

typealias Process = Containerd_V1_Types_Process

extension Process {
    fileprivate var state: TaskState {
        switch status {
        case .created: .created
        case .stopped: .ended(Exit(status: exitStatus, at: exitedAt))
        case .paused, .pausing: .paused(pid: Int32(truncatingIfNeeded: pid))
        case .running, .unknown, .UNRECOGNIZED:
            .running(pid: Int32(truncatingIfNeeded: pid))
        }
    }
}

extension Exit {
    fileprivate init(status: UInt32, at time: Google_Protobuf_Timestamp) {
        self.init(status: Int32(truncatingIfNeeded: status), at: time.date)
    }
}
