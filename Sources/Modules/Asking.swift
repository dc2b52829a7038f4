import Linux
import Volumes

/// Runs what touches storage where a hang holds up nothing else, and says what went wrong in the
/// engine's words.
func asking<Answer: Sendable>(
    _ action: String, seconds: Int = 10, _ body: @escaping @Sendable () throws -> Answer
) async throws -> Answer {
    do {
        return try await Blocking.run(action, seconds: seconds, body)
    } catch let error as TimedOut {
        throw VolumeError.timedOut(error.action, seconds: error.seconds)
    } catch let error as SystemError {
        throw VolumeError.storage(action: action, reason: "\(error)")
    }
}
