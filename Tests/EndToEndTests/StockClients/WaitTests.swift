import TestSupport
import Testing

/// The order in which docker's clients ask: first they wait, then they start.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct WaitTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    @Test(arguments: ["next-exit", "removed"])
    func `the head of a wait's answer comes before the container has begun`(condition: String)
        async throws
    {
        let removes = condition == "removed"
        let made = try await daemon.ask(
            "POST", "/containers/create",
            [
                "Image": "busybox", "Cmd": ["sh", "-c", "exit 7"],
                "HostConfig": ["NetworkMode": "none", "AutoRemove": JSON.bool(removes)],
            ])
        let id = made.json["Id"].string ?? ""
        let connection = try daemon.connection(within: .seconds(60))
        try await connection.send(
            Request("POST", "/containers/\(id)/wait?condition=\(condition)").bytes)
        let head = try await connection.head()
        #expect(head.hasPrefix("HTTP/1.1 200"), "\(head)")
        #expect(try await daemon.ask("POST", "/containers/\(id)/start").status == 204)
        #expect(try await connection.answer().json["StatusCode"] == 7)
        guard !removes else { return }
        #expect(try await daemon.ask("DELETE", "/containers/\(id)").status == 204)
    }
}
