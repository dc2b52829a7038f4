import TestSupport
import Testing

/// Gives a whole suite one daemon, with images in it, or only a lane to start its own.
struct DaemonTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: TestDaemon?

    let images: [TestImage]
    let hasDaemon: Bool

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Lanes.daemons.pass {
            guard hasDaemon else { return try await function() }
            try await TestDaemon.running { daemon in
                for image in images { try await daemon.load(image) }
                try await Self.$current.withValue(daemon) { try await function() }
            }
        }
    }
}

extension Trait where Self == DaemonTrait {
    /// One daemon for all tests of the suite, to which they don't do anything harmful.
    static var daemon: DaemonTrait { DaemonTrait(images: [], hasDaemon: true) }

    static func daemon(with images: TestImage...) -> DaemonTrait {
        DaemonTrait(images: images, hasDaemon: true)
    }

    /// Each test starts its own.
    static var ownDaemons: DaemonTrait { DaemonTrait(images: [], hasDaemon: false) }
}

extension TestDaemon {
    /// The suite's.
    static var shared: TestDaemon {
        get throws { try #require(DaemonTrait.current, "the suite has no daemon") }
    }
}

extension Trait where Self == TimeLimitTrait {
    /// No test is as slow as this, also not on a busy machine.
    static var inTime: TimeLimitTrait { .timeLimit(.minutes(2)) }
}
