import FoundationEssentials
import Linux
import Logging
import Synchronization
import Volumes

/// Running more processes in a container that runs.
extension ContainerManager {
    /// Notes what is to run; it is started by ``start(_:)``.
    public func prepare(
        _ request: Execution.Request, in reference: String, isAnnounced: Bool = true
    ) throws -> Execution {
        let container = try container(reference)
        guard container.isRunning else { throw ContainerError.notRunning(container.name) }
        guard !container.isPaused else { throw ContainerError.paused(container.name) }
        guard let program = request.arguments.first, !program.isEmpty else {
            throw ContainerError.invalidRequest("No exec command specified: say what to run")
        }
        // What can be refused is refused now.
        _ = try RuntimeSpecification.Process(request, in: container, as: Accounts.Identity())
        let execution = Execution(
            id: ContainerID.random().description, container: container.id, request: request)
        executions.put(execution)
        guard isAnnounced else { return execution }
        core.tell(
            .executionCreate, container,
            [
                "execID": execution.id,
                ContainerEvent.detail: request.words,
            ])
        return execution
    }

    public func execution(_ reference: String) throws(ContainerError) -> Execution {
        try executions.find(reference)
    }

    /// The ids of a container's executions that still can be asked about.
    public func executions(of container: ContainerID) -> [String] {
        executions.ids(of: container)
    }

    /// Starts what was prepared. It goes on whatever becomes of the caller, who takes its output:
    /// either by reading it to the end, or by ``drain(_:)``.
    public func start(_ execution: Execution) async throws -> ExecutionStreams {
        guard executions.claim(execution.id) else {
            throw ContainerError.executionStarted(execution.id)
        }
        return try await crew.perform { [self] in
            do {
                let streams = try await begin(execution)
                crew.begin { [self] in await watch(execution) }
                return streams
            } catch {
                let status = (error as? ContainerError)?.startStatus ?? 126
                executions.end(execution, status: status)
                await removePipes(of: execution)
                throw error
            }
        }
    }

    private func begin(_ execution: Execution) async throws -> ExecutionStreams {
        let process = execution.process
        let end = executions.ends.expect(execution.id)
        let pipes = files(of: execution)
        try await pipes.make()
        let streams = try pipes.open(end)
        // A container must not be frozen while a process of its is being started.
        let pid = try await turns.take(execution.container) {
            let container = try core.container(execution.container)
            guard let run = container.run, let first = run.pid else {
                throw ContainerError.notRunning(container.name)
            }
            guard !container.isPaused else { throw ContainerError.paused(container.name) }
            let user = execution.request.user ?? container.process.user
            let accounts = try await LayerView.open(rootOf: first).accounts()
            let specification = try RuntimeSpecification.Process(
                execution.request, in: container, as: try accounts.identity(of: user))
            if execution.request.isPrivileged {
                try specification.checkLimits(
                    of: try await core.volumeMounts(of: container),
                    layerIsLimited: container.request.diskQuota != nil)
            }
            try await core.runtime.make(process, pipes.request(try specification.json))
            do {
                return try await core.runtime.start(process)
            } catch {
                try? await core.runtime.delete(process)
                throw error
            }
        }
        executions.note(execution, pid: pid)
        tell(.executionStart, execution)
        return streams
    }

    private func watch(_ execution: Execution) async {
        let exit = try? await core.runtime.wait(execution.process)
        guard !Task.isCancelled else { return }
        try? await core.runtime.delete(execution.process)
        let status = exit?.status ?? 137
        executions.end(execution, status: status)
        await removePipes(of: execution)
        tell(.executionDie, execution, ["exitCode": "\(status)"])
    }

    private func tell(
        _ action: ContainerEvent.Action, _ execution: Execution,
        _ attributes: [String: String] = [:]
    ) {
        guard let container = core.shelf.withLock({ $0[execution.container] }) else { return }
        var own = ["execID": execution.id]
        if action == .executionStart {
            own[ContainerEvent.detail] = execution.request.words
        }
        core.tell(action, container, own.merging(attributes) { $1 })
    }

    // MARK: Its streams

    /// Reads what nobody wants any more, so that the process never waits for a reader.
    public func drain(_ streams: ExecutionStreams) {
        for stream in [LogEntry.Stream.stdout, .stderr] {
            crew.begin { while (try? await streams.next(of: stream)) != nil {} }
        }
    }

    /// Lets the process's stdin end.
    public func closeInput(of execution: Execution, _ streams: ExecutionStreams) async throws {
        streams.closeInput()
        try await core.runtime.closeInput(of: execution.process)
    }

    public func resizeTerminal(
        of execution: Execution, width: Int, height: Int
    ) async throws {
        guard execution.isRunning else {
            throw ContainerError.notRunning("exec \(execution.id.prefix(12))")
        }
        try await core.runtime.resizeTerminal(
            of: execution.process, width: width, height: height)
    }

    private func files(of execution: Execution) -> ExecutionFiles {
        ExecutionFiles(execution, in: core.files(of: execution.container).state)
    }

    private func removePipes(of execution: Execution) async {
        try? await files(of: execution).remove()
    }
}

extension Execution.Request {
    /// As docker writes it: with a space behind the program, also where nothing follows.
    fileprivate var words: String {
        (arguments.first ?? "") + " " + arguments.dropFirst().joined(separator: " ")
    }
}

extension Execution {
    var process: SideProcess { SideProcess(container: container, id: id) }
}

extension ContainerError {
    /// What docker's clients exit with when it could not start; nil if that is not the reason.
    fileprivate var startStatus: Int32? {
        guard case .startFailed(_, let status) = self else { return nil }
        return status
    }
}
