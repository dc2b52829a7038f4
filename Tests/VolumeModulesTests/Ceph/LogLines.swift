import Logging
import Synchronization

/// Keeps what is logged.
final class LogLines: LogHandler, Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock(\.self) }

    // All alike: nothing here is set.
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        kept.withLock { $0.append(([event.message.description] + words).joined(separator: " ")) }
    }
}
