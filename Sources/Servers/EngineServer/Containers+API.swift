import Containers
import FoundationEssentials
import PouchAPI

/// Containers as answers tell of them.
extension ContainerSummary {
    init(_ container: Container, now: Date, endpoint: Endpoint?) {
        self.init(
            id: container.id.description, names: ["/" + container.name],
            image: container.imageName, imageID: container.imageID,
            command: container.process.arguments.joined(separator: " "),
            created: Int64(container.createdAt.timeIntervalSince1970), labels: container.labels,
            state: container.state.word, status: container.state.sentence(now: now),
            mounts: container.shownMounts)
        ports = ContainerPortSummary.all(of: container, endpoint)
    }
}

extension ContainerDetails {
    init(_ container: Container, endpoint: Endpoint?) {
        self.init(
            id: container.id.description, created: Timestamp.precise(container.createdAt),
            path: container.process.arguments.first ?? "",
            args: Array(container.process.arguments.dropFirst()),
            state: ContainerState(container.state), image: container.imageID,
            name: "/" + container.name,
            hostConfig: HostSettings(
                config: HostConfig(container.request), limits: HostLimits(container.request)),
            mounts: container.shownMounts,
            config: ContainerConfig(container))
        networkSettings = ContainerNetworks(container, endpoint)
        restartCount = container.restarts
    }
}

extension ContainerState {
    fileprivate init(_ state: Container.State) {
        switch state {
        case .created:
            self.init(
                status: state.word, isRunning: false, pid: 0, exitCode: 0,
                startedAt: Timestamp.never, finishedAt: Timestamp.never)
        case .running(let run):
            self.init(
                status: state.word, isRunning: true, pid: Int(run.pid ?? 0), exitCode: 0,
                startedAt: Timestamp.precise(run.startedAt), finishedAt: Timestamp.never)
            isPaused = run.isPaused == true
        case .exited(let end):
            self.init(
                status: state.word, isRunning: false, pid: 0, exitCode: Int(end.status),
                error: end.error,
                startedAt: end.startedAt.map(Timestamp.precise) ?? Timestamp.never,
                finishedAt: Timestamp.precise(end.finishedAt))
            isRestarting = end.isToRestart == true
            // Docker's clients take what is about to run for running.
            isRunning = isRestarting
            wasOutOfMemory = end.isOutOfMemory == true
        }
    }
}

extension Container.State {
    var word: String {
        switch self {
        case .created: "created"
        case .running(let run): run.isPaused == true ? "paused" : "running"
        case .exited(let end): end.isToRestart == true ? "restarting" : "exited"
        }
    }

    /// As people read it in a list: `Up 5 minutes`.
    fileprivate func sentence(now: Date) -> String {
        switch self {
        case .created: "Created"
        case .running(let run):
            "Up \(Self.span(from: run.startedAt, to: now))"
                + (run.isPaused == true ? " (Paused)" : "")
        case .exited(let end):
            (end.isToRestart == true ? "Restarting" : "Exited")
                + " (\(end.status)) \(Self.span(from: end.finishedAt, to: now)) ago"
        }
    }

    private static func span(from start: Date, to end: Date) -> String {
        let seconds = max(0, Int(end.timeIntervalSince(start)))
        let units = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        guard let (size, unit) = units.first(where: { seconds >= $0.0 }) else {
            return seconds < 1 ? "less than a second" : Self.count(seconds, "second")
        }
        return Self.count(seconds / size, unit)
    }

    private static func count(_ number: Int, _ unit: String) -> String {
        "\(number) \(unit)" + (number == 1 ? "" : "s")
    }
}

extension ContainerConfig {
    fileprivate init(_ container: Container) {
        let request = container.request
        self.init(image: container.imageName, cmd: request.command)
        entrypoint = request.entrypoint
        env = container.process.environment
        user = container.process.user
        workingDir = container.process.workingDirectory
        hostname = container.hostname
        labels = container.labels
        tty = request.isTerminal
        openStdin = request.opensStdin
        stdinOnce = request.closesStdinOnce
        attachStdin = request.attachesStdin
        attachStdout = request.attachesStdout
        attachStderr = request.attachesStderr
        volumes = Dictionary(request.volumes.map { ($0, Empty()) }) { first, _ in first }
        let exposed = (request.exposedPorts ?? []) + (request.ports ?? []).map(\.port.description)
        exposedPorts =
            exposed.isEmpty ? nil : Dictionary(exposed.map { ($0, Empty()) }) { first, _ in first }
        stopSignal = request.stopSignal
        stopTimeout = request.stopTimeout
        healthcheck = request.health.map { HealthConfig($0) }
        guard let quota = request.diskQuota else { return }
        diskQuota = Dictionary(uniqueKeysWithValues: quota.rules.map { ($0.text, $0.sizeText) })
        guard quota.identity != .each else { return }
        quotaID = container.quotas?.first?.project.map { "\($0)" }
    }
}

extension HostConfig {
    fileprivate init(_ request: ContainerRequest) {
        self.init()
        binds = request.binds
        mounts = request.mounts.map { MountRequest($0) }
        tmpfs = request.tmpfs
        volumesFrom = request.volumesFrom
        volumeDriver = request.volumeDriver ?? ""
        networkMode = request.network.rawValue
        let published = Dictionary(grouping: request.ports ?? []) { $0.port.description }
        portBindings = published.mapValues { $0.map { PortBinding($0) } }
        publishAllPorts = request.publishesAllPorts ?? false
        dns = request.nameResolution?.servers ?? []
        dnsOptions = request.nameResolution?.options ?? []
        dnsSearch = request.nameResolution?.searchDomains ?? []
        extraHosts = request.nameResolution?.hosts
        autoRemove = request.removesItself
        readonlyRootfs = request.hasReadOnlyRoot
    }
}
