import FoundationEssentials
import Linux
import Logging
import Synchronization
import Volumes

/// Starting a container: the word that it runs, its volumes, its FIFOs, the process.
extension ContainerCore {
    /// Answers false if it runs already; `isAgain` when it is its policy that starts it.
    func start(_ id: ContainerID, isAgain: Bool = false) async throws -> Bool {
        let container = try container(id)
        guard container.phase == .ready else { throw ContainerError.noSuchContainer(id.short) }
        guard !container.isRunning else { return false }
        var running = container
        if !isAgain {
            running.restartCount = nil
            running.isStopped = nil
        }
        do {
            let run = Container.Run(startedAt: surroundings.now(), boot: boot)
            running.state = .running(run)
            running.state = .running(try await begin(running, run, before: container))
        } catch {
            await undoStart(of: container, isAgain: isAgain, because: error)
            throw error
        }
        // The record said so much already; the pid is the runtime's to remember.
        let started = running
        shelf.withLock { $0.put(started) }
        starts.tell(id, ())
        logger.info("container started", metadata: container.labelsForLog)
        tell(.start, started)
        return true
    }

    /// What does not depend on each other goes on at once; the process comes last, when all that
    /// recovery would need is on disk.
    private func begin(
        _ running: Container, _ run: Container.Run, before: Container
    ) async throws -> Container.Run {
        async let recorded: Void = store.save(running)
        async let surrounded = surround(before)
        async let prepared: Void = prepareOutput(of: before)
        let image = try await runtime.image(before.imageID)
        let identity = try await identity(of: before, over: image)
        var circumstances = RuntimeSpecification.Circumstances()
        circumstances.identity = identity
        circumstances.files = files(of: before.id).generated
        circumstances.layerEscapes = try await limitAgain(before, over: image)
        circumstances.hasUnifiedCgroups = hasUnifiedCgroups
        // Before what may well fail: cut short, nobody would tell the scribe to let go.
        try await prepared
        (circumstances.networkNamespace, circumstances.mounts) = try await surrounded
        let request = try task(for: before, over: image, in: circumstances)
        try await recorded
        surroundings.step("container.start.prepared")
        var run = run
        run.pid = try await runtime.create(request)
        // Its own mounts are copies of what was staged.
        await clearStage(of: before)
        scribe.noteOpen(before.id)
        surroundings.step("container.start.created")
        try await runtime.start(before.id)
        run.startedAt = surroundings.now()
        surroundings.step("container.start.started")
        return run
    }

    /// Its network, then its mounts: in this order docker's clients hear of them.
    private func surround(
        _ container: Container
    ) async throws -> (networkNamespace: String?, mounts: [Volumes.Mount]) {
        let endpoint = try await joinNetwork(container)
        return (endpoint?.namespace, try await attachMounts(of: container))
    }

    /// Someone reads the FIFOs before anyone can write to them.
    private func prepareOutput(of container: Container) async throws {
        let files = files(of: container.id)
        try await files.make(for: container)
        try await files.makePipes(for: container)
        surroundings.step("container.start.piped")
        try await scribe.keep(files.output(of: container.request), of: container.id)
    }

    /// A layer that nobody has run in has its image's accounts.
    private func identity(
        of container: Container, over image: Image
    ) async throws -> Accounts.Identity {
        let isUntouched = container.state == .created
        if isUntouched, let accounts = facts.accounts(of: image) {
            return try accounts.identity(of: container.process.user)
        }
        let layer = try await runtime.makeLayer(for: container.id, over: image)
        let accounts = try await look(into: layer, for: container.id).accounts()
        if isUntouched { facts.learn(accounts, of: image) }
        return try accounts.identity(of: container.process.user)
    }

    private func task(
        for container: Container, over image: Image,
        in circumstances: RuntimeSpecification.Circumstances
    ) throws -> TaskRequest {
        let request = container.request
        let files = files(of: container.id)
        var specification = RuntimeSpecification(for: container, in: circumstances)
        try specification.apply(request)
        try specification.checkLimits(of: circumstances)
        return TaskRequest(
            container: container.id, image: image,
            specification: try specification.json,
            isTerminal: request.isTerminal, stdin: request.opensStdin ? files.stdin : nil,
            stdout: files.stdout, stderr: request.isTerminal ? nil : files.stderr)
    }

    // MARK: When it fails

    /// Undoes what was done of a start, last first, and keeps why it failed. What can't be undone
    /// now is undone by recovery, or by removing the container.
    private func undoStart(
        of container: Container, isAgain: Bool, because error: any Error
    ) async {
        var failed = container
        var end = Container.End(
            status: error.exitStatus, startedAt: nil, finishedAt: surroundings.now(),
            error: "\(error)")
        // What was in the way may be gone the next time.
        if isAgain, container.restarts(after: end.status) { end.isToRestart = true }
        failed.state = .exited(end)
        if container.request.removesItself { failed.phase = .removingWithVolumes }
        await attempt("delete its process", of: container) {
            try await runtime.delete(container.id)
        }
        await scribe.finish(container.id, within: .zero)
        await release(container)
        let ended = failed
        await attempt("record its end", of: container) { try await store.save(ended) }
        shelf.withLock { $0.put(ended) }
        tellEnd(of: container.id, ended.exit ?? Exit(status: 125, at: surroundings.now()))
        guard container.request.removesItself else { return }
        await attempt("remove it", of: container) { try await discard(ended) }
    }

    /// Takes away what only a run needs: volumes attached, FIFOs.
    func release(_ container: Container) async {
        await clearStage(of: container)
        await leaveNetwork(container)
        await detachVolumes(of: container)
        await attempt("remove its FIFOs", of: container) {
            try await files(of: container.id).removePipes()
        }
    }

    /// Does what is not worth failing for: recovery finds what it left. Answers whether it worked.
    @discardableResult
    func attempt(
        _ what: String, of container: Container, _ body: () async throws -> Void
    ) async -> Bool {
        do {
            try await body()
            return true
        } catch {
            logger.warning(
                "could not \(what)",
                metadata: container.labelsForLog.merging(["reason": "\(error)"]) { $1 })
            return false
        }
    }
}

extension Error {
    /// What docker's clients exit with when a container could not start.
    fileprivate var exitStatus: Int32 {
        guard case .startFailed(_, let status) = self as? ContainerError else { return 125 }
        return status
    }
}
