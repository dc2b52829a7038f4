import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI
import ServiceLifecycle

/// What happens, as it happens.
struct EventRoutes: Sendable {
    let events: EventLog

    var routes: [Route] { [Route(.get, "/events", follow)] }

    /// With `until` it ends; when that is over already, it tells only of the past.
    @Sendable private func follow(_ call: Call) async throws -> Reply {
        let filter = try EventFilter(call.filters)
        let since = try call.query.time("since")
        let until = try call.query.time("until")
        if let until, until <= Date() {
            let past = events.past(since: since, until: until).filter(filter.matches)
            return .stream(type: "application/json") { client in
                for message in past { try await client.write(ByteBuffer(json: message)) }
            }
        }
        let following = events.follow(since: since)
        return .stream(type: "application/json") { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let until {
                    group.addTask {
                        try await Task.sleep(for: .seconds(until.timeIntervalSinceNow))
                        following.end()
                    }
                }
                for await message in following.messages.cancelOnGracefulShutdown()
                where filter.matches(message) {
                    try await client.write(ByteBuffer(json: message))
                }
                group.cancelAll()
            }
        }
    }
}
