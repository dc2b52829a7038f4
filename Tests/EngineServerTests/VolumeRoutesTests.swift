import FoundationEssentials
import PouchAPI
import TestSupport
import Testing
import Volumes

struct VolumeRoutesTests {
    @Test func `a volume is created, listed, inspected and removed`() async throws {
        try await TestServer.run { server in
            let request =
                #"{"Name":"data","DriverOpts":{"size":"1G"},"Labels":{"a":"b\"\n\u001f"}}"#
            let created = try await server.post("/volumes/create", request)
            #expect(created.status == 201)
            let volume = try created.json(as: PouchAPI.Volume.self)
            #expect(volume.name == "data")
            #expect(volume.driver == "local")
            #expect(volume.mountpoint == "/fake/local/data")
            #expect(volume.scope == "local")
            #expect(volume.options == ["size": "1G"])
            #expect(volume.labels == ["a": "b\"\n\u{1f}"])
            #expect(volume.createdAt.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)

            let inspected = try await server.get("/volumes/data")
            #expect(inspected.status == 200)
            #expect(inspected.text == created.text)
            let listed = try await server.get("/volumes")
            #expect(
                listed.text
                    == #"{"Volumes":["# + inspected.text.dropLast() + #"],"Warnings":[]}"# + "\n")

            let removed = try await server.delete("/volumes/data")
            #expect(removed.status == 204)
            #expect(removed.headers["content-length"] == nil)
            #expect(try await server.get("/volumes/data").status == 404)
            #expect(
                try await server.get("/volumes").text == #"{"Volumes":[],"Warnings":[]}"# + "\n")
        }
    }

    @Test func `what was not given is null, what was given empty is empty`() async throws {
        try await TestServer.run { server in
            let bare = try await server.post("/volumes/create", #"{"Name":"bare"}"#)
            #expect(bare.text.contains(#""Labels":null"#) && bare.text.contains(#""Options":null"#))
            let empty = try await server.post(
                "/volumes/create", #"{"Name":"empty","Driver":"","DriverOpts":{},"Labels":{}}"#)
            #expect(empty.text.contains(#""Labels":{}"#) && empty.text.contains(#""Options":{}"#))
            #expect(empty.text.contains(#""Driver":"local""#))
            #expect(!bare.text.contains("Status"))
        }
    }

    @Test func `what is written by hand is what the wire's type would say`() async throws {
        try await TestServer.run { server in
            let request = VolumeRequest(
                name: try VolumeName("data"), options: ["size": "\u{0}\u{7f}\u{1F41F}\\/"],
                labels: ["z": "", "a": "\t"])
            let volume = try await server.volumes.create(request)
            let answer = try await server.get("/volumes/data")
            let decoded = try answer.json(as: PouchAPI.Volume.self)
            #expect(decoded.options == volume.options)
            #expect(decoded.labels == volume.labels)
            let other = try JSONEncoder().encode(decoded)
            #expect(try JSONDecoder().decode(PouchAPI.Volume.self, from: other) == decoded)
        }
    }

    @Test func `without a name a volume gets 64 digits and is marked anonymous`() async throws {
        try await TestServer.run { server in
            for body in [nil, "", "{}", #"{"Name":"","Labels":{"a":"b"}}"#] {
                let created = try await server.post("/volumes/create", body)
                #expect(created.status == 201, "\(body ?? "nothing")")
                let volume = try created.json(as: PouchAPI.Volume.self)
                #expect(volume.name.wholeMatch(of: /[0-9a-f]{64}/) != nil)
                #expect(volume.labels?["com.docker.volume.anonymous"] == "")
            }
        }
    }

    @Test func `the same create again succeeds; what differs is named`() async throws {
        try await TestServer.run { server in
            let full = #"{"Name":"data","DriverOpts":{"size":"1G"},"Labels":{"a":"b"}}"#
            let first = try await server.post("/volumes/create", full)
            let again = try await server.post("/volumes/create", full)
            let unsaid = try await server.post("/volumes/create", #"{"Name":"data"}"#)
            for answer in [again, unsaid] {
                #expect(answer.status == 201)
                #expect(answer.text == first.text)
            }
            let differing = [
                (#"{"Name":"data","Driver":"other"}"#, "driver is local, not other"),
                (#"{"Name":"data","DriverOpts":{"size":"2G"}}"#, "option size"),
                (#"{"Name":"data","Labels":{"c":"d"}}"#, "label c is not set"),
            ]
            for (body, difference) in differing {
                let answer = try await server.post("/volumes/create", body)
                #expect(answer.status == 409)
                #expect(answer.message.contains(difference), "\(answer.message)")
            }
        }
    }

    @Test func `a volume in use is not removed, forced or not`() async throws {
        try await TestServer.run { server in
            let data = try await server.make("data")
            _ = try await server.volumes.use(
                VolumeRequest(name: data.name), by: .container("c1"), at: "/data")
            for path in [
                "/volumes/data", "/volumes/data?force=1", "/v1.41/volumes/data?force=True",
            ] {
                let answer = try await server.delete(path)
                #expect(answer.status == 409)
                #expect(answer.message == "remove data: volume is in use - [c1]")
            }
            #expect(try await server.get("/volumes/data").status == 200)
        }
    }

    @Test func `a volume that is not there is an error, unless its removal is forced`() async throws
    {
        try await TestServer.run { server in
            let answer = try await server.delete("/volumes/none")
            #expect(answer.status == 404)
            #expect(answer.message == "get none: no such volume")
            #expect(try await server.delete("/volumes/none?force=1").status == 204)
            #expect(try await server.delete("/volumes/none?force=false").status == 404)
            #expect(try await server.get("/volumes/none").status == 404)
        }
    }

    @Test func `unknown drivers and options are refused in words`() async throws {
        try await TestServer.run { server in
            let driver = try await server.post("/volumes/create", #"{"Driver":"nfs"}"#)
            #expect(driver.status == 404)
            #expect(driver.message.contains("local, other"))
            let option = try await server.post("/volumes/create", #"{"DriverOpts":{"siez":"1"}}"#)
            #expect(option.status == 400)
            #expect(option.message.contains("siez"))
            #expect(server.volumes.list().volumes.isEmpty)
        }
    }

    @Test func `what a driver knows is shown by inspect alone`() async throws {
        let fake = FakeDriver("local")
        try await TestServer.run(drivers: [FakeFillableDriver(fake)]) { server in
            let data = try await server.make("data")
            fake.change { $0.filled.insert(data.id) }
            let inspected = try await server.get("/volumes/data?usage=1").json(
                as: PouchAPI.Volume.self)
            #expect(inspected.status == ["Fake": "filled"])
            #expect(try await server.get("/volumes").text.contains("Status") == false)
        }
    }

    @Test func `storage that fails is an error of the server`() async throws {
        let fake = FakeDriver("local")
        let store = MemoryStore()
        try await TestServer.run(store: store, drivers: [fake]) { server in
            fake.fail(.create, with: VolumeError.timedOut("make data", seconds: 9))
            var statuses = [try await server.post("/volumes/create", "{}").status]
            store.fail(atCommit: 1)
            statuses.append(try await server.post("/volumes/create", "{}").status)
            statuses.append(try await server.post("/volumes/create", "{}").status)
            #expect(statuses == [500, 500, 201])
            #expect(server.volumes.list().volumes.count == 1)
        }
    }

    @Test func `the list follows each change`() async throws {
        try await TestServer.run { server in
            func names() async throws -> [String] {
                try await server.get("/volumes").json(as: VolumeListResponse.self).volumes.map(
                    \.name)
            }
            for name in ["bb", "dd", "aa", "cc"] { try await server.make(name) }
            #expect(try await names() == ["aa", "bb", "cc", "dd"])
            try await server.volumes.remove("bb")
            try await server.make("ee", labels: ["new": "1"])
            #expect(try await names() == ["aa", "cc", "dd", "ee"])
            try await server.volumes.remove("cc")
            try await server.make("cc", labels: ["a": "second"])
            let list = try await server.get("/volumes")
            #expect(list.text.contains("second"))
            #expect(try await names() == ["aa", "cc", "dd", "ee"])
            for name in try await names() {
                let inspected = try await server.get("/volumes/\(name)")
                #expect(list.text.contains(inspected.text.dropLast()))
            }
        }
    }

    @Test func `the drivers say what options they accept`() async throws {
        try await TestServer.run { server in
            let drivers = try await server.get("/drivers").json(as: [DriverDescription].self)
            #expect(drivers.map(\.name) == ["local", "other"])
            #expect(drivers.first?.options.map(\.name) == ["size"])
            #expect(drivers.first?.scope == "local")
        }
    }

    @Test func `create and remove of one name at once never leave half a volume`() async throws {
        let fake = FakeDriver("local")
        let store = MemoryStore()
        try await TestServer.run(store: store, drivers: [fake]) { server in
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await Connection.open(server.socket) { connection in
                            for _ in 0..<125 {
                                let made = try await connection.ask(
                                    "POST", "/volumes/create", #"{"Name":"data"}"#)
                                #expect(made.status == 201)
                            }
                        }
                    }
                    group.addTask {
                        try await Connection.open(server.socket) { connection in
                            for _ in 0..<125 {
                                let gone = try await connection.ask("DELETE", "/volumes/data")
                                #expect([204, 404].contains(gone.status))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let known = Set(server.volumes.list().volumes.map(\.id))
            let ready = store.memory.volumes.filter { $0.phase == .ready }
            #expect(fake.storage.made == known)
            #expect(Set(ready.map(\.id)) == known)
        }
    }
}
