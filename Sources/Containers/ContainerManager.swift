public import Linux
public import Logging
import Synchronization
public import Volumes

/// The entrance to containers: who may act on one and when, and what is announced afterwards.
///
/// A reference to a container is its name, its id or an unambiguous beginning of it.
public final class ContainerManager: Sendable {
    let core: ContainerCore
    let crew = Crew()
    let turns = Turns<ContainerID>()
    let inputs = Inputs()
    let executions = Executions()
    let healthBook = HealthBook()
    let announceImage: @Sendable (ImageEvent) -> Void
    /// How long a client that copies may stall while others wait for the container.
    let copyPatience: Duration

    /// `boot` names this boot of the host; nil asks the kernel. `projects` are shared with the
    /// drivers of volumes.
    public init(
        store: any ContainerStore, volumes: VolumeManager, runtime: any Runtime,
        networks: any Networking = NoNetworking("there are no networks"), places: Places,
        surroundings: Surroundings = Surroundings(), projects: ProjectIDs = ProjectIDs(),
        boot: String? = nil, copyPatience: Duration = .seconds(30), logger: Logger,
        announce: @escaping @Sendable (ContainerEvent) -> Void = { _ in },
        announceImage: @escaping @Sendable (ImageEvent) -> Void = { _ in }
    ) {
        self.announceImage = announceImage
        self.copyPatience = copyPatience
        core = ContainerCore(
            store: store, volumes: volumes, runtime: runtime, networks: networks, places: places,
            surroundings: surroundings, projects: projects,
            boot: boot ?? (try? BootID.current()) ?? "", logger: logger, announce: announce)
    }

    // MARK: Life

    /// Puts right what a crash or a reboot left, volumes included
    /// (``VolumeManager/recover(existing:running:)`` is called from here), before the first
    /// request; returns what a person should know, in sentences.
    public func recover() async throws -> [String] {
        let recovery = try await core.recover()
        for id in recovery.running { watch(id) }
        for id in recovery.toStart { crew.begin { [self] in await startAgain(id) } }
        for line in recovery.report {
            core.logger.warning("recovered", metadata: ["what": "\(line)"])
        }
        return recovery.report
    }

    /// Carries out what is asked and watches over those that run, until cancelled; then
    /// containers go on. Nothing that acts answers unless this runs.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.core.scribe.run() }
            await crew.run()
            group.cancelAll()
        }
    }

    /// Sees to what follows when the container ends.
    func watch(_ id: ContainerID) {
        crew.begin { [self] in await checkHealth(of: id) }
        crew.begin { [self] in
            guard let exit = await core.awaitEnd(of: id) else { return }
            inputs.close(id)
            await turns.take(id) { await core.end(id, exit) }
            await startAgain(id)
        }
    }

    // MARK: Questions

    /// All containers, the newest first.
    public func list() -> [Container] {
        core.shelf.withLock { $0.all }
    }

    public func container(_ reference: String) throws(ContainerError) -> Container {
        try core.shelf.withLock { shelf throws(ContainerError) in try shelf.find(reference) }
    }

    /// Gives the exit once, when `condition` holds, and ends; what happens from this call on is
    /// not missed. Ends without an exit if there never was one (never started, or removed).
    public func exit(
        of reference: String, when condition: WaitCondition
    ) throws -> AsyncStream<Exit> {
        let id = try container(reference).id
        // Expected before looking, so that nothing falls between.
        let waiters =
            switch condition {
            case .removed: core.removals
            case .nextExit: core.exits
            case .notRunning: core.stops
            }
        let stream = waiters.expect(id)
        let now = core.shelf.withLock { $0[id] }
        guard let now, condition != .notRunning || now.isRunning || now.isRestarting
        else {
            return AsyncStream { continuation in
                if let exit = now?.exit { continuation.yield(exit) }
                continuation.finish()
            }
        }
        return stream
    }

    /// What the container wrote, as asked for; what it writes from this call on is not missed.
    public func logs(_ reference: String, _ request: LogRequest) async throws -> LogEntries {
        let container = try container(reference)
        let id = container.id
        let core = core
        // Whoever follows what never ran wants to miss nothing of its first run.
        let isWaiting = request.end == .whenStopped && container.state == .created
        let runs = core.shelf.withLock { $0.endedRuns(of: id) }
        let isOver: @Sendable () -> Bool =
            switch isWaiting ? .afterRun : request.end {
            case .now: { true }
            case .whenStopped:
                {
                    core.shelf.withLock {
                        $0[id]?.isRunning != true && $0[id]?.isRestarting != true
                    }
                }
            case .afterRun:
                { core.shelf.withLock { $0[id] == nil || $0.endedRuns(of: id) > runs } }
            }
        return try await LogEntries(
            of: core.files(of: id).log, request,
            feed: LogEntries.Feed(
                change: { core.scribe.change(of: id) },
                watch: { core.scribe.watch(id, past: $0) },
                hold: container.request.log?.limit == nil ? nil : LogHold(id, by: core.scribe),
                isOver: isOver))
    }

    // MARK: Actions

    public func create(_ request: ContainerRequest) async throws -> Container {
        try await crew.perform { [core] in try await core.create(request) }
    }

    /// Answers whether anything had to be done: false if it runs already.
    @discardableResult
    public func start(_ reference: String) async throws -> Bool {
        try await crew.perform { [self] in
            let id = try container(reference).id
            let hasStarted = try await turns.take(id) { try await core.start(id) }
            if hasStarted { watch(id) }
            return hasStarted
        }
    }

    /// Asks it to end, by `signal` or else the container's own, and after `timeout` seconds (nil:
    /// the container's own, else 10) makes it. Answers whether anything had to be done.
    @discardableResult
    public func stop(
        _ reference: String, signal word: String? = nil, timeout: Int? = nil
    ) async throws -> Bool {
        let asked = try word.map(Signals.number)
        return try await crew.perform { [self] in
            let container = try container(reference)
            let end = core.exits.expect(container.id)
            let signal = asked ?? container.process.stopSignal
            let wasToRestart = try await stayStopped(container.id)
            do {
                guard try await send(signal, to: container.id) else { return wasToRestart }
            } catch ContainerError.notRunning {
                // It has just ended by itself, and that is about to be heard.
            }
            let seconds = timeout ?? container.request.stopTimeout ?? 10
            let limit = seconds < 0 ? nil : Duration.seconds(seconds)
            if await end.first(within: limit) == nil { try await finish(container.id) }
            core.tell(.stop, container)
            return true
        }
    }

    /// `signal` is a name with or without `SIG`, or a number.
    public func kill(_ reference: String, signal: String = "KILL") async throws {
        let number = try Signals.number(of: signal)
        try await crew.perform { [self] in
            let container = try container(reference)
            if [Signals.kill, container.process.stopSignal].contains(number) {
                _ = try await stayStopped(container.id)
            }
            guard try await send(number, to: container.id) else {
                throw ContainerError.notRunning(container.name)
            }
        }
    }

    /// Removes a container, with `force` one that runs as well, with `volumes` its anonymous
    /// volumes too.
    public func remove(
        _ reference: String, force: Bool = false, volumes: Bool = false
    ) async throws {
        try await crew.perform { [self] in
            let container = try container(reference)
            if force {
                _ = try await stayStopped(container.id)
                try await finish(container.id)
            }
            try await turns.take(container.id) {
                // It may have removed itself at its end.
                guard core.shelf.withLock({ $0[container.id] != nil }) || !force else { return }
                try await core.remove(container.id, withVolumes: volumes)
            }
        }
    }

    /// Answers false if it doesn't run.
    private func send(_ signal: Int32, to id: ContainerID) async throws -> Bool {
        try await turns.take(id) {
            let container = try core.container(id)
            guard container.isRunning else { return false }
            try await core.runtime.signal(id, signal)
            core.tell(.kill, container, ["signal": "\(signal)"])
            // What is frozen can't end.
            if container.isPaused {
                try await core.runtime.resume(id)
                try await core.notePaused(false, id)
            }
            return true
        }
    }

    /// Notes that it is not to be started again by itself; answers whether it was about to be.
    private func stayStopped(_ id: ContainerID) async throws -> Bool {
        try await turns.take(id) {
            guard let now = try? core.container(id), now.phase == .ready else { return false }
            return try await core.stayStopped(now)
        }
    }

    /// Kills it if it runs, and waits until its end is dealt with.
    private func finish(_ id: ContainerID) async throws {
        let end = core.exits.expect(id)
        guard try await send(Signals.kill, to: id) else { return }
        guard await end.first(within: .seconds(60)) != nil else {
            throw ContainerError.runtime(
                action: "kill \(id.short)",
                reason: "it does not end; it may hang in storage that does not answer")
        }
    }
}
