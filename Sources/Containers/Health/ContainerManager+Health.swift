import FoundationEssentials
import Synchronization
import Volumes

/// Checking whether what runs in containers works.
extension ContainerManager {
    private static let mostOutput = 4096

    /// Nil if nothing is checked, or it does not run.
    public func health(of id: ContainerID) -> Health? {
        core.shelf.withLock { $0[id]?.isRunning } == true ? healthBook[id] : nil
    }

    /// Checks it again and again, until the run that is on has ended.
    func checkHealth(of id: ContainerID) async {
        guard let container = core.shelf.withLock({ $0[id] }), let run = container.run,
            let check = container.healthCheck
        else { return }
        healthBook[id] = Health()
        while true {
            let isSettled = healthBook[id]?.status != .starting || check.startPeriod <= age(of: run)
            let pause = isSettled ? check.interval : check.startInterval
            do { try await Task.sleep(for: .seconds(pause)) } catch { return }
            guard let now = core.shelf.withLock({ $0[id] }), now.run?.pid == run.pid else { break }
            if now.isPaused { continue }
            guard let result = await probe(id, check), var health = healthBook[id] else { continue }
            let before = health.status
            health.note(result, check, isStarting: age(of: run) < check.startPeriod)
            guard let after = core.shelf.withLock({ $0[id] }), after.run?.pid == run.pid
            else { break }
            // What was frozen could not answer.
            if after.isPaused { continue }
            healthBook[id] = health
            if health.status != before {
                core.tell(.health, now, [ContainerEvent.detail: health.status.rawValue])
            }
        }
        forgetHealth(of: id, run)
    }

    private func age(of run: Container.Run) -> Double {
        core.surroundings.now().timeIntervalSince(run.startedAt)
    }

    /// A new run's health is its own.
    private func forgetHealth(of id: ContainerID, _ run: Container.Run) {
        let now = core.shelf.withLock { $0[id]?.run }
        if now == nil || now?.pid == run.pid { healthBook[id] = nil }
    }

    /// Nil if it could not be tried at all.
    private func probe(_ id: ContainerID, _ check: HealthCheck) async -> Health.Probe? {
        var request = Execution.Request(arguments: check.arguments)
        request.attachesStdout = true
        request.attachesStderr = true
        let start = core.surroundings.now()
        guard let execution = try? prepare(request, in: id.description, isAnnounced: false)
        else { return nil }
        do {
            let streams = try await self.start(execution)
            return await withTaskGroup(of: Health.Probe?.self) { group in
                group.addTask { await self.result(of: execution, streams, since: start) }
                group.addTask {
                    try? await Task.sleep(for: .seconds(check.timeout))
                    return nil
                }
                defer { group.cancelAll() }
                if let first = await group.next(), let probe = first { return probe }
                try? await core.runtime.kill(execution.process)
                drain(streams)
                return Health.Probe(
                    start: start, end: core.surroundings.now(), status: -1,
                    output: "Health check exceeded timeout (\(check.timeout) s)")
            }
        } catch ContainerError.paused, ContainerError.notRunning {
            return nil
        } catch {
            let status = executions[execution.id].flatMap { execution -> Int32? in
                if case .ended(let status) = execution.state { status } else { nil }
            }
            return Health.Probe(
                start: start, end: core.surroundings.now(), status: status ?? 126,
                output: "\(error)")
        }
    }

    private func result(
        of execution: Execution, _ streams: ExecutionStreams, since start: Date
    ) async -> Health.Probe? {
        async let errors = text(.stderr, streams)
        let output = await text(.stdout, streams)
        let all = output + (await errors)
        await streams.ended()
        guard case .ended(let status)? = executions[execution.id]?.state else { return nil }
        return Health.Probe(
            start: start, end: core.surroundings.now(), status: status, output: all)
    }

    /// As much as is kept; the rest is read too.
    private func text(_ stream: LogEntry.Stream, _ streams: ExecutionStreams) async -> String {
        var bytes: [UInt8] = []
        while let more = try? await streams.next(of: stream) {
            bytes += more.prefix(Self.mostOutput - bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
