import ContainerdAPI
public import Containers
public import FoundationEssentials
import GRPCCore
import SwiftProtobuf

/// Processes beside a container's own, and what befalls all of a container's processes at once.
extension ContainerdRuntime {
    private static let slowest = Duration.seconds(120)
    private static let processType = "types.containerd.io/opencontainers/runtime-spec/1/Process"
    private static let resourcesType =
        "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources"

    public func make(_ process: SideProcess, _ request: SideProcessRequest) async throws {
        let message = Containerd_Services_Tasks_V1_ExecProcessRequest.with {
            $0.containerID = process.container.description
            $0.execID = process.id
            $0.terminal = request.isTerminal
            $0.stdin = request.stdin ?? ""
            let hasOutput = request.stdout != nil || request.stderr != nil
            $0.stdout = request.stdout ?? (hasOutput ? "/dev/null" : "")
            $0.stderr = request.isTerminal ? "" : request.stderr ?? (hasOutput ? "/dev/null" : "")
            $0.spec.typeURL = Self.processType
            $0.spec.value = request.specification
        }
        try await doing("make a process in container \(process.container.short)") {
            let made = try await unlessMissing {
                try await connection.call(within: Self.slowest, repeatable: false) {
                    try await $0.tasks.exec(message, metadata: $0.metadata, options: $0.options)
                }
            }
            guard made != nil else {
                throw ContainerError.notRunning(process.container.short)
            }
        }
    }

    public func start(_ process: SideProcess) async throws -> Int32 {
        try await doing("start a process in container \(process.container.short)") {
            do {
                let answer = try await connection.call(within: Self.slowest, repeatable: false) {
                    try await $0.tasks.start(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                        }, metadata: $0.metadata, options: $0.options)
                }
                return Int32(truncatingIfNeeded: answer.pid)
            } catch let error as RPCError where error.code != .notFound {
                throw ContainerError(startFailure: error)
            }
        }
    }

    public func wait(_ process: SideProcess) async throws -> Exit {
        try await doing("wait for a process in container \(process.container.short)") {
            let answer = try await unlessMissing {
                try await connection.call(within: nil) {
                    try await $0.tasks.wait(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
            guard let answer else { throw ContainerError.notRunning(process.container.short) }
            return Exit(
                status: Int32(truncatingIfNeeded: answer.exitStatus), at: answer.exitedAt.date)
        }
    }

    public func kill(_ process: SideProcess) async throws {
        try await doing("kill a process in container \(process.container.short)") {
            _ = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.kill(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                            $0.signal = 9
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
        }
    }

    public func delete(_ process: SideProcess) async throws {
        try await doing("delete a process in container \(process.container.short)") {
            _ = try await unlessMissing {
                try await connection.call(within: Self.slowest) {
                    try await $0.tasks.deleteProcess(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
        }
    }

    public func closeInput(of process: SideProcess) async throws {
        try await doing("end the input of a process in \(process.container.short)") {
            _ = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.closeIO(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                            $0.stdin = true
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
        }
    }

    public func resizeTerminal(of process: SideProcess, width: Int, height: Int) async throws {
        try await doing("resize a terminal in container \(process.container.short)") {
            let resized = try await unlessMissing {
                try await connection.call {
                    try await $0.tasks.resizePty(
                        .with {
                            $0.containerID = process.container.description
                            $0.execID = process.id
                            $0.width = UInt32(clamping: width)
                            $0.height = UInt32(clamping: height)
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
            guard resized != nil else {
                throw ContainerError.notRunning(process.container.short)
            }
        }
    }

    // MARK: - All of a container's processes

    public func pause(_ container: ContainerID) async throws {
        try await doing("pause container \(container.short)") {
            let paused = try await unlessMissing {
                try await connection.call(within: Self.slowest) {
                    try await $0.tasks.pause(
                        .with { $0.containerID = container.description }, metadata: $0.metadata,
                        options: $0.options)
                }
            }
            guard paused != nil else { throw ContainerError.notRunning(container.short) }
        }
    }

    public func resume(_ container: ContainerID) async throws {
        try await doing("resume container \(container.short)") {
            let resumed = try await unlessMissing {
                try await connection.call(within: Self.slowest) {
                    try await $0.tasks.resume(
                        .with { $0.containerID = container.description }, metadata: $0.metadata,
                        options: $0.options)
                }
            }
            guard resumed != nil else { throw ContainerError.notRunning(container.short) }
        }
    }

    public func limit(_ container: ContainerID, to resources: Data) async throws {
        try await doing("limit container \(container.short)") {
            let limited = try await unlessMissing {
                try await connection.call(within: Self.slowest) {
                    try await $0.tasks.update(
                        .with {
                            $0.containerID = container.description
                            $0.resources.typeURL = Self.resourcesType
                            $0.resources.value = resources
                        }, metadata: $0.metadata, options: $0.options)
                }
            }
            guard limited != nil else { throw ContainerError.notRunning(container.short) }
        }
    }
}
