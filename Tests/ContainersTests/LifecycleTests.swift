import Foundation
import Linux
import Synchronization
import TestSupport
import Testing
import Volumes

@testable import Containers

@Suite(.requiresRoot(to: "mount a container's layer"))
struct LifecycleTests {
    private func request(_ binds: [String] = [], name: String? = nil) -> ContainerRequest {
        var request = ContainerRequest(image: "busybox")
        request.binds = binds
        request.name = name
        return request
    }

    // MARK: Create

    @Test func `a container is made with its volumes, which it refers to`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let made = try await daemon.containers.create(request(["data:/data"], name: "web"))
                #expect(made.phase == .ready)
                #expect(made.state == .created)
                #expect(made.mounts.first?.source == world.root + "/home/volume/data")
                #expect(made.mounts.first?.driver == "local")
                #expect(try daemon.containers.container("web") == made)
                #expect(world.records.withLock { $0[made.id] } == made)
                #expect(world.runtime.layers == [made.id])
                await #expect(
                    throws: VolumeError.inUse(
                        try VolumeName("data"), by: [made.id.description])
                ) { try await daemon.volumes.remove("data", force: true) }
                #expect(daemon.events.withLock { $0.map(\.action) } == [.create])
            }
        }
    }

    @Test func `a container is found by name, id and the beginning of its id`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let web = try await daemon.containers.create(request(name: "web"))
                for reference in ["web", "/web", web.id.description, web.id.short] {
                    #expect(try daemon.containers.container(reference).id == web.id)
                }
                for reference in ["we", "", "/", "nothing", ContainerID.random().description] {
                    #expect(throws: ContainerError.noSuchContainer(reference)) {
                        try daemon.containers.container(reference)
                    }
                }
            }
        }
    }

    @Test func `a name is one container's`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let web = try await daemon.containers.create(request(name: "web"))
                await #expect(throws: ContainerError.nameTaken("web", by: web.id)) {
                    try await daemon.containers.create(request(name: "web"))
                }
                try await daemon.containers.remove("web")
                _ = try await daemon.containers.create(request(name: "web"))
            }
        }
    }

    @Test func `of many who ask for one name at once, one gets it`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let made = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let one = try? await daemon.containers.create(request(name: "web"))
                            return one != nil
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(made == 1)
                #expect(world.runtime.layers.count == 1)
            }
        }
    }

    /// Where a create may fail, and after how many successes there.
    @Test(arguments: [FakeRuntime.Method.image, .makeLayer])
    func `a create that fails leaves nothing`(_ method: FakeRuntime.Method) async throws {
        try await World.with(image: ImageConfiguration(command: ["sh"], volumes: ["/log"])) {
            world in
            try await world.daemon { daemon in
                world.runtime.fail(method)
                await #expect(throws: TestFailure.self) {
                    try await daemon.containers.create(request(["/a", "/b"], name: "web"))
                }
                try await expectNothing(left: world, daemon)
                _ = try await daemon.containers.create(request(name: "web"))
            }
        }
    }

    @Test(arguments: 1...8)
    func `a create whose store fails leaves nothing, or something to remove`(
        _ commit: Int
    ) async throws {
        try await World.with(image: ImageConfiguration(command: ["sh"], volumes: ["/log"])) {
            world in
            try await world.daemon { daemon in
                world.memory.fail(atCommit: commit)
                if (try? await daemon.containers.create(request(["/a"], name: "web"))) != nil {
                    return world.memory.fail(atCommit: .max)
                }
                if !daemon.containers.list().isEmpty {
                    try await daemon.containers.remove("web", volumes: true)
                }
                try await expectNothing(left: world, daemon)
            }
        }
    }

    private func expectNothing(left world: World, _ daemon: Daemon) async throws {
        #expect(daemon.containers.list().isEmpty)
        #expect(daemon.volumes.list().volumes.isEmpty)
        #expect(world.memory.memory.references.isEmpty)
        #expect(world.records.withLock { $0.isEmpty })
        #expect(world.runtime.layers.isEmpty)
        #expect(world.entries("home/containers").isEmpty)
        #expect(world.entries("state/layers").isEmpty)
        try await eventually("removed volumes are swept") {
            world.entries("home/volume").isEmpty && world.entries("home/trash").isEmpty
        }
    }

    // MARK: Run

    @Test func `a container runs, writes, ends and is started again`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let containers = daemon.containers
                let id = try await containers.create(request(["data:/data"], name: "web")).id
                #expect(try await containers.start("web"))
                #expect(try await containers.start("web") == false)
                #expect(try containers.container("web").isRunning)
                #expect(daemon.volumes.references(to: "data").map(\.isAttached) == [true])
                let ended = try containers.exit(of: "web", when: .nextExit)
                try world.runtime.write("one\n", from: id)
                world.runtime.end(id, status: 7)
                #expect(await ended.first()?.status == 7)
                #expect(try containers.container("web").exit?.status == 7)
                #expect(daemon.volumes.references(to: "data").map(\.isAttached) == [false])
                #expect(try await containers.start("web"))
                try world.runtime.write("two\n", from: id)
                try await containers.stop("web")
                #expect(try containers.container("web").exit?.status == 143)
                #expect(try await text(of: "web", containers) == "one\ntwo\n")
                #expect(try await containers.stop("web") == false)
                try await containers.remove("web")
                #expect(
                    daemon.events.withLock { $0.map(\.action) } == [
                        .create, .connect, .start, .die, .disconnect, .connect, .start, .kill,
                        .die, .disconnect, .stop, .destroy,
                    ])
                #expect(world.runtime.processes.isEmpty)
            }
        }
    }

    private func text(
        of reference: String, _ containers: ContainerManager,
        _ request: LogRequest = LogRequest()
    ) async throws -> String {
        let bytes = try await containers.logs(reference, request).reduce(into: [UInt8]()) {
            $0 += $1.bytes
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `one who attaches before the start gets all of the run, and its end`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let id = try await daemon.containers.create(request(name: "web")).id
                var attach = LogRequest()
                attach.end = .afterRun
                attach.tail = 0
                let output = try await daemon.containers.logs("web", attach)
                try await daemon.containers.start("web")
                async let all = output.reduce(into: [UInt8]()) { $0 += $1.bytes }
                for number in 1...100 {
                    try world.runtime.write("\(number)\n", from: id)
                    if number % 20 == 0 { try await Task.sleep(for: .milliseconds(3)) }
                }
                world.runtime.end(id)
                let lines = (1...100).map { "\($0)\n" }.joined()
                #expect(String(decoding: try await all, as: UTF8.self) == lines)
            }
        }
    }

    @Test func `who follows a log is kept waiting for the first run, but not for another`()
        async throws
    {
        try await World.with { world in
            try await world.daemon { daemon in
                let id = try await daemon.containers.create(request(name: "web")).id
                var follow = LogRequest()
                follow.end = .whenStopped
                let request = follow
                async let all = text(of: "web", daemon.containers, request)
                try await daemon.containers.start("web")
                try world.runtime.write("one\n", from: id)
                world.runtime.end(id)
                #expect(try await all == "one\n")
                #expect(try await text(of: "web", daemon.containers, follow) == "one\n")
            }
        }
    }

    @Test(arguments: [(FakeRuntime.Method.create, Int32(125)), (.start, 125)])
    func `a start that fails is undone, and says why`(
        _ method: FakeRuntime.Method, _ status: Int32
    ) async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let made = try await daemon.containers.create(request(["data:/data"], name: "web"))
                world.runtime.fail(method)
                await #expect(throws: TestFailure.self) {
                    try await daemon.containers.start("web")
                }
                let failed = try daemon.containers.container("web")
                guard case .exited(let end) = failed.state else {
                    throw TestFailure("\(failed.state)")
                }
                #expect(end.status == status)
                #expect(end.startedAt == nil)
                #expect(end.error.contains("told to fail"))
                #expect(world.runtime.processes.isEmpty)
                #expect(daemon.volumes.references(to: "data").map(\.isAttached) == [false])
                #expect(world.entries("state/containers").isEmpty)
                #expect(try await daemon.containers.start(made.id.short))
            }
        }
    }

    @Test(arguments: [Int32(126), 127])
    func `a program that can't be run leaves docker's status`(_ status: Int32) async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                var request = request(name: "web")
                _ = try await daemon.containers.create(request)
                let error = ContainerError.startFailed("no such program", exitStatus: status)
                world.runtime.fail(.create, with: error)
                await #expect(throws: error) { try await daemon.containers.start("web") }
                #expect(try daemon.containers.container("web").exit?.status == status)
                request.removesItself = true
                request.name = "once"
                _ = try await daemon.containers.create(request)
                let removed = try daemon.containers.exit(of: "once", when: .removed)
                world.runtime.fail(.create, with: error)
                await #expect(throws: error) { try await daemon.containers.start("once") }
                #expect(await removed.first()?.status == status)
                #expect(daemon.containers.list().map(\.name) == ["web"])
            }
        }
    }

    @Test func `who is unknown to the image can't run`() async throws {
        try await World.with { world in
            try world.addToImage("etc/passwd", "app:x:1000:1001::/:/bin/sh\n")
            try world.addToImage("etc/group", "app:x:1001:\nvideo:x:44:app\n")
            try await world.daemon { daemon in
                for (name, user) in [("one", "app"), ("two", "nobody")] {
                    var request = request(name: name)
                    request.user = user
                    _ = try await daemon.containers.create(request)
                }
                try await daemon.containers.start("one")
                let id = try daemon.containers.container("one").id
                let process = try world.runtime.specification(of: id)["process"] as? [String: Any]
                let user = try #require(process?["user"] as? [String: Any])
                #expect(user["uid"] as? Int == 1000)
                #expect(user["gid"] as? Int == 1001)
                #expect(user["additionalGids"] as? [Int] == [44])
                await #expect(throws: ContainerError.self) {
                    try await daemon.containers.start("two")
                }
            }
        }
    }

    // MARK: End

    @Test func `a container that removes itself goes with its anonymous volumes`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                var request = request(["/tmp1", "data:/data"], name: "once")
                request.removesItself = true
                let id = try await daemon.containers.create(request).id
                let removed = try daemon.containers.exit(of: "once", when: .removed)
                try await daemon.containers.start("once")
                world.runtime.end(id, status: 3)
                #expect(await removed.first()?.status == 3)
                #expect(daemon.containers.list().isEmpty)
                #expect(daemon.volumes.list().volumes.map(\.name.description) == ["data"])
                #expect(daemon.volumes.references(to: "data").isEmpty)
                #expect(world.runtime.layers.isEmpty)
                #expect(world.entries("home/containers").isEmpty)
                #expect(world.entries("state/containers").isEmpty)
            }
        }
    }

    @Test func `a running container is removed only with force`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let id = try await daemon.containers.create(request(name: "web")).id
                try await daemon.containers.start("web")
                await #expect(throws: ContainerError.running("web")) {
                    try await daemon.containers.remove("web")
                }
                try await daemon.containers.remove("web", force: true)
                #expect(daemon.containers.list().isEmpty)
                #expect(!world.runtime.running.contains(id))
            }
        }
    }

    @Test func `anonymous volumes stay unless asked for, and when someone uses them`() async throws
    {
        try await World.with { world in
            try await world.daemon { daemon in
                let containers = daemon.containers
                let one = try await containers.create(request(["/data"], name: "one"))
                try await containers.remove("one")
                let name = try #require(one.mounts.first?.name)
                #expect(throws: Never.self) { try daemon.volumes.volume(name) }
                _ = try await containers.create(request(["/data"], name: "two"))
                let shared = try #require(try containers.container("two").mounts.first?.name)
                _ = try await containers.create(request(["\(shared):/x"], name: "three"))
                try await containers.remove("two", volumes: true)
                #expect(throws: Never.self) { try daemon.volumes.volume(shared) }
                try await containers.remove("three", volumes: true)
                // It was not made for that one.
                #expect(throws: Never.self) { try daemon.volumes.volume(shared) }
            }
        }
    }

    @Test func `a stop that is not heard ends in a kill`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                var request = request(name: "deaf")
                request.stopSignal = "USR1"
                _ = try await daemon.containers.create(request)
                try await daemon.containers.start("deaf")
                try await daemon.containers.stop("deaf", timeout: 0)
                #expect(try daemon.containers.container("deaf").exit?.status == 137)
            }
        }
    }

    @Test func `a signal needs someone who runs`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                _ = try await daemon.containers.create(request(name: "web"))
                await #expect(throws: ContainerError.notRunning("web")) {
                    try await daemon.containers.kill("web")
                }
                await #expect(throws: ContainerError.self) {
                    try await daemon.containers.kill("web", signal: "NOSUCH")
                }
            }
        }
    }

    @Test func `a client that hangs up does not stop what it began`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await daemon.containers.create(request(["data:/data"], name: "web"))
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                #expect(try daemon.containers.container("web").phase == .ready)
            }
        }
    }
}
