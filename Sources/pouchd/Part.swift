import ServiceLifecycle

/// A part that runs until the daemon stops, and then does what is left to do.
struct Part: Service {
    let body: @Sendable () async -> Void
    let stop: @Sendable () async -> Void

    init(
        running run: @escaping @Sendable () async -> Void,
        stopping stop: @escaping @Sendable () async -> Void = {}
    ) {
        body = run
        self.stop = stop
    }

    func run() async throws {
        await withTaskGroup { group in
            group.addTask { await body() }
            try? await gracefulShutdown()
            await stop()
            group.cancelAll()
        }
    }
}
