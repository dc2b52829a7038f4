import TestSupport
import Testing

/// The volumes' part of the Engine API, asked without any client of ours.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct VolumeAPITests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func create(_ body: JSON) async throws -> Answer {
        try await daemon.ask("POST", "/volumes/create", body)
    }

    // MARK: Create and inspect

    @Test func `a new volume is answered in full`() async throws {
        let name = daemon.fresh()
        let answer = try await create(["Name": .string(name)])

        #expect(answer.status == 201)
        #expect(answer.headers["content-type"]?.hasPrefix("application/json") == true)
        let volume = answer.json
        #expect(volume["Name"] == .string(name))
        #expect(volume["Driver"] == "local")
        #expect(volume["Scope"] == "local")
        #expect(volume["Mountpoint"] == .string("\(daemon.home)/volume/\(name)"))
        #expect(volume.has("Labels") && volume["Labels"] == .null)
        #expect(volume.has("Options") && volume["Options"] == .null)
    }

    @Test func `a volume's time of birth is in RFC 3339`() async throws {
        let created = try await create(["Name": .string(daemon.fresh())]).json["CreatedAt"].string

        let time = try #require(created)
        #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil, "\(time)")
    }

    @Test func `create, inspect and list say the same about a volume`() async throws {
        let name = daemon.fresh()
        let created = try await create([
            "Name": .string(name), "Driver": "local", "DriverOpts": ["mode": "0750"],
            "Labels": ["team": "blue", "empty": ""],
        ])
        let inspected = try await daemon.ask("GET", "/volumes/\(name)")
        let listed = try await daemon.ask("GET", "/volumes").json["Volumes"].array?
            .first { $0["Name"] == .string(name) }

        #expect(inspected.status == 200)
        for key in ["Name", "Driver", "Mountpoint", "CreatedAt", "Labels", "Options", "Scope"] {
            #expect(created.json[key] == inspected.json[key], "\(key)")
            #expect(created.json[key] == listed?[key], "\(key)")
        }
        #expect(inspected.json["Labels"] == ["team": "blue", "empty": ""])
        #expect(inspected.json["Options"] == ["mode": "0750"])
    }

    @Test(arguments: [#"{}"#, #"{"Name":""}"#, "", #"{"Name":"","Driver":"","Labels":null}"#])
    func `a volume without a name gets one of 64 hex digits`(body: String) async throws {
        var request = Request("POST", "/volumes/create")
        request.headers = ["Content-Type": "application/json"]
        request.body = Array(body.utf8)

        let answer = try await daemon.ask(request)
        #expect(answer.status == 201, "\(answer)")
        let name = try #require(answer.json["Name"].string)
        #expect(name.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
        #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 204)
    }

    @Test func `a new volume has its directory, and a removed one has none`() async throws {
        let name = daemon.fresh()
        _ = try await create(["Name": .string(name)])
        #expect(daemon.directories.contains(name))

        let answer = try await daemon.ask("DELETE", "/volumes/\(name)")
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        #expect(!daemon.directories.contains(name))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
    }

    // MARK: A name that exists

    @Test func `the same request again succeeds with the same volume`() async throws {
        let body: JSON = [
            "Name": .string(daemon.fresh()), "Driver": "local", "DriverOpts": ["mode": "0700"],
            "Labels": ["a": "1", "b": "2"],
        ]
        let first = try await create(body)
        let second = try await create(body)

        #expect(second.status == 201)
        #expect(second.json["CreatedAt"] == first.json["CreatedAt"])
        #expect(second.json["Labels"] == first.json["Labels"])
    }

    @Test func `what a second request leaves unsaid is no difference`() async throws {
        let name = JSON.string(daemon.fresh())
        let stored: JSON = [
            "Name": name, "DriverOpts": ["mode": "0700", "uid": "7"],
            "Labels": ["a": "1", "b": "2"],
        ]
        _ = try await create(stored)

        let requests: [JSON] = [
            ["Name": name], ["Name": name, "Driver": "local"],
            ["Name": name, "DriverOpts": ["uid": "7"]], ["Name": name, "Labels": ["b": "2"]],
            ["Name": name, "DriverOpts": nil, "Labels": [:]], ["Name": name, "Driver": ""],
        ]
        for request in requests {
            let answer = try await create(request)
            #expect(answer.status == 201, "\(request.text): \(answer)")
            #expect(answer.json["Options"] == ["mode": "0700", "uid": "7"])
            #expect(answer.json["Labels"] == ["a": "1", "b": "2"])
        }
    }

    @Test func `a second request that states something else is refused, and says what`()
        async throws
    {
        let name = JSON.string(daemon.fresh())
        let stored: JSON = [
            "Name": name, "DriverOpts": ["mode": "0700"], "Labels": ["colour": "blue"],
        ]
        let before = try await create(stored).json

        let differences: [(JSON, String)] = [
            (["Name": name, "Driver": "tmpfs"], "tmpfs"),
            (["Name": name, "DriverOpts": ["mode": "0755"]], "mode"),
            (["Name": name, "DriverOpts": ["uid": "7"]], "uid"),
            (["Name": name, "Labels": ["colour": "red"]], "colour"),
            (["Name": name, "Labels": ["shape": "round"]], "shape"),
        ]
        for (request, word) in differences {
            let answer = try await create(request)
            #expect(answer.status == 409, "\(request.text): \(answer)")
            #expect(answer.message.contains(word), "\(answer.message)")
            #expect(answer.message.contains(name.string ?? "?"), "\(answer.message)")
        }
        let after = try await daemon.ask("GET", "/volumes/\(name.string ?? "")").json
        #expect(after["Labels"] == before["Labels"])
        #expect(after["Options"] == before["Options"])
    }

    // MARK: Refusals

    @Test func `an unknown driver is not found, and named`() async throws {
        let answer = try await create(["Name": .string(daemon.fresh()), "Driver": "nonesuch"])
        #expect(answer.status == 404)
        #expect(answer.message.contains("nonesuch"))
    }

    @Test(arguments: ["local", "tmpfs"])
    func `an unknown option is refused, named, and nothing is made`(driver: String) async throws {
        let name = daemon.fresh()
        let answer = try await create([
            "Name": .string(name), "Driver": .string(driver), "DriverOpts": ["colour": "blue"],
        ])
        #expect(answer.status == 400)
        #expect(answer.message.contains("colour"))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
        #expect(!daemon.directories.contains(name))
    }

    @Test func `a volume that is not there is not found`() async throws {
        let inspected = try await daemon.ask("GET", "/volumes/nonesuch")
        #expect(inspected.status == 404)
        #expect(inspected.message.contains("nonesuch"))
        #expect(inspected.message.contains("no such volume"))
        #expect(try await daemon.ask("DELETE", "/volumes/nonesuch").status == 404)
    }

    @Test(arguments: ["1", "true", "True", "yes"])
    func `by force, a volume that is not there is removed`(force: String) async throws {
        let answer = try await daemon.ask("DELETE", "/volumes/nonesuch?force=\(force)")
        #expect(answer.status == 204)
    }

    @Test(arguments: ["0", "false", "no", "none", ""])
    func `no force is no force`(force: String) async throws {
        let answer = try await daemon.ask("DELETE", "/volumes/nonesuch?force=\(force)")
        #expect(answer.status == 404)
    }
}
