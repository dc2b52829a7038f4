import FoundationEssentials
import TestSupport
import Testing

/// Many at once want different things of the same volume.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct RaceTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    @Test func `create racing remove of one name leaves a directory and a record, or neither`()
        async throws
    {
        var statuses: [Int: Int] = [:]
        // 8 connections, 1,000 times, looked at when all are quiet after each 100.
        for _ in 0..<10 {
            for (status, count) in try await race(times: 100) {
                statuses[status, default: 0] += count
            }
            let isListed = try await daemon.volumes == ["contested"]
            #expect(daemon.directories == (isListed ? ["contested"] : []))
            let inspected = try await daemon.ask("GET", "/volumes/contested").status
            #expect(inspected == (isListed ? 200 : 404))
        }
        #expect(Set(statuses.keys).isSubset(of: [201, 204, 404]), "\(statuses)")
        #expect(statuses[201, default: 0] > 100 && statuses[204, default: 0] > 100)
        try await daemon.restart()
        let volumes = try await daemon.volumes
        #expect(daemon.directories == volumes)
        _ = try await daemon.ask("DELETE", "/volumes/contested")
        try await daemon.expectSound()
    }

    /// Each of 8 connections creates and removes; how often each status was the answer.
    private func race(times: Int) async throws -> [Int: Int] {
        try await withThrowingTaskGroup(of: [Int].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let connection = try daemon.connection()
                    var statuses: [Int] = []
                    for number in 0..<(times * 2 / 8) {
                        let isCreate = (worker + number) % 2 == 0
                        let request =
                            isCreate
                            ? Request("POST", "/volumes/create", ["Name": "contested"])
                            : Request("DELETE", "/volumes/contested")
                        try await connection.send(request.bytes)
                        statuses.append(try await connection.answer().status)
                    }
                    return statuses
                }
            }
            return try await group.reduce(into: [:]) { counts, statuses in
                for status in statuses { counts[status, default: 0] += 1 }
            }
        }
    }

    @Test func `many creates of one name make one volume`() async throws {
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await daemon.ask("POST", "/volumes/create", ["Name": "same"])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        #expect(Set(answers.map { $0.json["CreatedAt"] }).count == 1)
        try await daemon.says("volume", "rm", "same")
    }

    @Test func `of two different creates of one name, one wins and the others hear of it`()
        async throws
    {
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try await daemon.ask(
                        "POST", "/volumes/create",
                        ["Name": "rivals", "Labels": ["by": .string("\(number)")]]
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 1)
        #expect(statuses.count { $0 == 409 } == 15)
        try await daemon.says("volume", "rm", "rivals")
    }

    @Test func `a volume is not removed from under a container that is being made`()
        async throws
    {
        for round in 0..<10 {
            let name = "fought-\(round)"
            try await daemon.says("volume", "create", "-l", "old=yes", name)
            async let making = daemon.pouch(
                "create", "--network", "none", "-v", "\(name):/data", "busybox", "touch", "/data/x")
            async let removing = daemon.ask("DELETE", "/volumes/\(name)")
            let (made, removed) = (try await making, try await removing)
            #expect(made.status == 0, "\(made)")
            #expect([204, 409].contains(removed.status), "\(removed)")

            // Made anew or kept: the container has it, and it works.
            let id = try made.said
            #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 409)
            try await daemon.says("start", id)
            #expect(try await daemon.says("wait", id) == "0")
            #expect(
                FileManager.default.fileExists(atPath: "\(daemon.home)/volume/\(name)/x"))
            try await daemon.says("rm", id)
            try await daemon.says("volume", "rm", name)
        }
    }

    @Test func `of many who remove a container, one does`() async throws {
        let id = try await daemon.runDetached("-v", "/own", "busybox", "sleep", "300")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await daemon.ask("DELETE", "/containers/\(id)?force=1&v=1").status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.contains(204))
        #expect(Set(statuses).isSubset(of: [204, 404, 409]), "\(statuses)")
        #expect(try await daemon.volumes == [])
        try await daemon.expectSound()
    }

    @Test func `of many who take a name, one gets it`() async throws {
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await daemon.ask(
                        "POST", "/containers/create?name=one",
                        ["Image": "busybox", "HostConfig": ["Binds": ["/own"]]]
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 1, "\(statuses)")
        #expect(statuses.count { $0 == 409 } == 7, "\(statuses)")
        try await daemon.says("rm", "-v", "one")
        #expect(try await daemon.volumes == [])
    }

    @Test func `many containers at once all run`() async throws {
        let outputs = try await withThrowingTaskGroup(of: Finished.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await daemon.run(
                        "-v", "together:/data", "busybox", "sh", "-c",
                        "echo \(number) >> /data/all; echo \(number)", within: .seconds(90))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for finished in outputs { #expect(finished.status == 0, "\(finished)") }
        #expect(Set(outputs.compactMap { Int($0.output.dropLast()) }) == Set(0..<12))
        let all = lines(of: "\(daemon.home)/volume/together/all")
        #expect(Set(all.compactMap { Int($0) }) == Set(0..<12))
        try await daemon.says("volume", "rm", "together")
        try await daemon.expectSound()
    }
}
