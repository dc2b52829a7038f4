import Glibc
import Linux
import Volumes

/// Asks again and again, on a thread that may block.
enum Waiting {
    /// Whether `condition` came to hold within so many seconds.
    static func until(seconds: Int, _ condition: () throws -> Bool) throws -> Bool {
        let pulse = Pulse("wait", endingAfter: seconds)
        var holds = try condition()
        while !holds, isGoing(pulse) {
            usleep(5000)
            holds = try condition()
        }
        return holds
    }

    /// Waits until `condition` holds; throws ``VolumeError/timedOut(_:seconds:)`` after so many
    /// seconds.
    static func wait(
        for what: String, seconds: Int, _ condition: () throws -> Bool
    ) throws {
        guard try !until(seconds: seconds, condition) else { return }
        throw VolumeError.timedOut("wait for \(what)", seconds: seconds)
    }

    private static func isGoing(_ pulse: Pulse) -> Bool { (try? pulse.beat()) != nil }
}
