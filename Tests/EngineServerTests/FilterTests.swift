import PouchAPI
import TestSupport
import Testing
import Volumes

struct FilterTests {
    @Test func `lists are narrowed as docker narrows them`() async throws {
        try await TestServer.run { server in
            try await server.make("data-web", labels: ["tier": "web", "eu": ""])
            try await server.make("data-db", labels: ["tier": "db"])
            try await server.make("used")
            _ = try await server.volumes.create(
                VolumeRequest(name: VolumeName("elsewhere"), driver: "other"))
            _ = try await server.volumes.use(
                VolumeRequest(name: VolumeName("used")), by: .container("c1"), at: "/data")

            let table: [(filters: String, names: [String])] = [
                ("{}", ["data-db", "data-web", "elsewhere", "used"]),
                (#"{"name":{"data":true}}"#, ["data-db", "data-web"]),
                (#"{"name":["data"]}"#, ["data-db", "data-web"]),
                (#"{"name":["db$","^use"]}"#, ["data-db", "used"]),
                (#"{"name":["^data-.*b$"]}"#, ["data-db", "data-web"]),
                (#"{"name":["(("]}"#, []),
                (#"{"driver":["other"]}"#, ["elsewhere"]),
                (#"{"driver":["other","local"],"name":["e"]}"#, ["data-web", "elsewhere", "used"]),
                (#"{"driver":["loc"]}"#, []),
                (#"{"label":["tier"]}"#, ["data-db", "data-web"]),
                (#"{"label":["tier=web"]}"#, ["data-web"]),
                (#"{"label":{"tier=web":true,"eu":true}}"#, ["data-web"]),
                (#"{"label":["tier=db","eu"]}"#, []),
                (#"{"label":["tier="]}"#, []),
                (#"{"dangling":["true"]}"#, ["data-db", "data-web", "elsewhere"]),
                (#"{"dangling":{"false":true}}"#, ["used"]),
                (#"{"dangling":["1"],"label":["eu"]}"#, ["data-web"]),
            ]
            for (filters, names) in table {
                let answer = try await server.get("/volumes?filters=" + filters.escaped)
                let list = try answer.json(as: VolumeListResponse.self)
                #expect(list.volumes.map(\.name) == names, "\(filters)")
            }
        }
    }

    @Test(arguments: [
        (#"{"colour":["red"]}"#, "invalid filter 'colour'"),
        (#"{"dangling":["maybe"]}"#, "invalid filter 'dangling=maybe'"),
        (#"{"dangling":["true","false"]}"#, "invalid filter 'dangling="),
        (#"{"name":"data"}"#, "invalid filters"), ("{", "invalid filters"),
        ("[]", "invalid filters"),
    ])
    func `a filter that makes no sense is named`(filters: String, reason: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/volumes?filters=" + filters.escaped)
            #expect(answer.status == 400)
            #expect(answer.message.hasPrefix(reason), "\(answer.message)")
        }
    }

    @Test func `prune removes what nobody uses or named`() async throws {
        try await TestServer.run { server in
            func fill() async throws {
                let anonymous = ["com.docker.volume.anonymous": ""]
                try await server.make("anonymous", labels: anonymous)
                try await server.make("kept", labels: anonymous.merging(["keep": "1"]) { $1 })
                try await server.make("used", labels: anonymous)
                try await server.make("named", labels: ["tier": "db"])
                _ = try await server.volumes.use(
                    VolumeRequest(name: VolumeName("used")), by: .container("c1"), at: "/data")
            }
            let table: [(path: String, filters: String, names: [String])] = [
                ("/volumes/prune", "{}", ["anonymous", "kept"]),
                ("/v1.42/volumes/prune", "{}", ["anonymous", "kept"]),
                ("/v1.41/volumes/prune", "{}", ["anonymous", "kept", "named"]),
                ("/volumes/prune", #"{"all":["true"]}"#, ["anonymous", "kept", "named"]),
                ("/volumes/prune", #"{"all":{"1":true},"label":["tier=db"]}"#, ["named"]),
                ("/volumes/prune", #"{"label":["keep"]}"#, ["kept"]),
                ("/volumes/prune", #"{"label!":["keep"]}"#, ["anonymous"]),
                ("/volumes/prune", #"{"label!":["keep=2"]}"#, ["anonymous", "kept"]),
            ]
            for (path, filters, names) in table {
                try await fill()
                let answer = try await server.post(path + "?filters=" + filters.escaped)
                #expect(answer.status == 200)
                let pruned = try answer.json(as: VolumePruneResponse.self)
                #expect(pruned.deleted == names, "\(path) \(filters)")
                #expect(answer.text.contains(#""SpaceReclaimed":0"#))
            }
            let wrong = try await server.post(
                "/volumes/prune?filters=" + #"{"until":["1h"]}"#.escaped)
            #expect(wrong.message == "invalid filter 'until'")
        }
    }
}
