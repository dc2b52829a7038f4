import Foundation
import Linux
import Synchronization
import TestSupport
import Testing
import Volumes

@testable import Containers

/// Stops the daemon at every step of every action, and starts it again.
@Suite(.requiresRoot(to: "mount a container's layer"))
struct CrashTests {
    /// What the daemon said yes to, and so must hold whatever happens.
    final class Promises: Sendable {
        struct Names {
            var existing: Set<String> = []
            var gone: Set<String> = []
            var running: Set<String> = []
        }

        let names = Mutex(Names())

        func note(_ change: @Sendable (inout Names) -> Void) { names.withLock { change(&$0) } }
    }

    private func request(_ name: String) -> ContainerRequest {
        var request = ContainerRequest(image: "busybox")
        request.name = name
        request.binds = ["data:/data", "/anonymous"]
        return request
    }

    /// The whole life of two containers, one of which removes itself.
    private func live(_ daemon: Daemon, _ promises: Promises) async throws {
        let containers = daemon.containers
        let runtime = daemon.world.runtime
        let web = try await containers.create(request("web")).id
        promises.note { _ = $0.existing.insert("web") }
        try await containers.start("web")
        promises.note { _ = $0.running.insert("web") }
        try runtime.write("hello\n", from: web)
        promises.note { _ = $0.running.remove("web") }
        runtime.end(web, status: 3)
        try await settled(daemon) { try containers.container("web").exit?.status == 3 }
        try await containers.start("web")
        promises.note { _ = $0.running.insert("web") }
        promises.note { _ = $0.running.remove("web") }
        try await containers.stop("web")
        promises.note { _ = $0.existing.remove("web") }
        try await containers.remove("web", volumes: true)
        promises.note { _ = $0.gone.insert("web") }
        var once = request("once")
        once.removesItself = true
        _ = try await containers.create(once)
        // From its start on it may go at any time.
        try await containers.start("once")
        runtime.end(try containers.container("once").id)
        try await settled(daemon) { containers.list().isEmpty }
        promises.note { _ = $0.gone.insert("once") }
    }

    private func settled(
        _ daemon: Daemon, _ condition: @Sendable () throws -> Bool
    ) async throws {
        try await eventually("the end is dealt with") { try daemon.hasDied || condition() }
        if daemon.hasDied { throw Daemon.Dead() }
    }

    @Test func `a daemon that dies at any step is put right by the next`() async throws {
        let image = ImageConfiguration(command: ["sh"], volumes: ["/log"])
        let isDone = Mutex(false)
        for step in 1...200 where !isDone.withLock({ $0 }) {
            try await World.with(image: image) { world in
                try world.addToImage("log/old", "content")
                let promises = Promises()
                try await world.daemon(dyingAt: step) { daemon in
                    do {
                        try await live(daemon, promises)
                        isDone.withLock { $0 = !daemon.hasDied }
                    } catch {
                        #expect(daemon.hasDied, "step \(step): \(error)")
                    }
                }
                try await world.daemon { daemon in
                    try await check(daemon, promises.names.withLock { $0 }, "died at step \(step)")
                    try await finish(daemon, "died at step \(step)")
                }
            }
        }
        #expect(isDone.withLock { $0 })
    }

    /// What must hold when the next daemon has recovered.
    private func check(
        _ daemon: Daemon, _ promises: Promises.Names, _ comment: Comment
    ) async throws {
        let world = daemon.world
        // The ends of those that died meanwhile are dealt with by and by.
        try await eventually("ends are dealt with: \(comment)") {
            daemon.containers.list().allSatisfy {
                $0.phase == .ready
                    && (!$0.isRunning || world.runtime.running.contains($0.id))
            } && world.runtime.processes == world.runtime.running
        }
        let listed = daemon.containers.list()
        let names = Set(listed.map(\.name))
        #expect(promises.existing.isSubset(of: names), comment)
        #expect(promises.gone.isDisjoint(with: names), comment)
        for name in promises.running {
            #expect(try daemon.containers.container(name).isRunning, comment)
        }
        #expect(
            world.records.withLock { Set($0.keys) } == Set(listed.map(\.id)), comment)
        #expect(world.runtime.layers == Set(listed.map(\.id)), comment)
        #expect(Set(world.entries("home/containers")) == Set(listed.map(\.id.description)), comment)
        #expect(world.entries("state/layers").isEmpty, comment)
        let references = world.memory.memory.references
        #expect(Set(references.map(\.owner.id)) == Set(listed.map(\.id.description)), comment)
        for container in listed {
            let own = references.filter { $0.owner == container.owner }
            #expect(own.count == container.mounts.count, comment)
            #expect(own.allSatisfy { $0.isAttached == container.isRunning }, comment)
        }
        let used = Set(listed.flatMap(\.mounts).map(\.name) + ["data"])
        let left = Set(daemon.volumes.list().volumes.map(\.name.description))
        #expect(left.isSubset(of: used), comment)
    }

    /// What is left can be used and removed.
    private func finish(_ daemon: Daemon, _ comment: Comment) async throws {
        for container in daemon.containers.list() {
            try await daemon.containers.start(container.name)
            #expect(daemon.world.runtime.running.contains(container.id), comment)
            try await daemon.containers.remove(container.name, force: true, volumes: true)
        }
        #expect(daemon.containers.list().isEmpty, comment)
        #expect(daemon.world.runtime.processes.isEmpty, comment)
        #expect(daemon.world.entries("state/containers").isEmpty, comment)
        #expect(daemon.volumes.list().volumes.allSatisfy { $0.name.description == "data" }, comment)
    }

    @Test func `a reboot ends all, and nobody saw how`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                _ = try await daemon.containers.create(request("web"))
                try await daemon.containers.start("web")
                var once = request("once")
                once.removesItself = true
                _ = try await daemon.containers.create(once)
                try await daemon.containers.start("once")
            }
            world.reboot()
            let asked = world.runtime.calls.count
            try await world.daemon { daemon in
                let web = try daemon.containers.container("web")
                #expect(web.exit?.status == 255)
                #expect(daemon.containers.list().count == 1)
                #expect(daemon.report.withLock { $0.count } == 2)
                #expect(daemon.volumes.references(to: "data").map(\.isAttached) == [false])
                // Nothing could have outlived that, so nothing is brought up to ask.
                #expect(!world.runtime.calls[asked...].contains(.awaken))
                try await daemon.containers.start("web")
            }
        }
    }

    @Test func `containers outlive daemon and runtime, and are taken up again`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                for name in ["web", "ended"] {
                    _ = try await daemon.containers.create(request(name))
                    try await daemon.containers.start(name)
                }
            }
            let ids = world.runtime.running
            for id in ids { try world.runtime.write("while nobody was there\n", from: id) }
            let ended = try #require(
                world.records.withLock { $0.values.first { $0.name == "ended" }?.id })
            world.runtime.end(ended, status: 9)
            world.runtime.goDown()
            try await world.daemon { daemon in
                let containers = daemon.containers
                #expect(try containers.container("web").isRunning)
                guard case .running(let run) = try containers.container("web").state else { return }
                #expect(run.pid == 42)
                try await eventually("its end is noticed") {
                    try containers.container("ended").exit?.status == 9
                }
                try await containers.stop("web")
                for name in ["web", "ended"] {
                    let log = try await containers.logs(name, LogRequest())
                        .reduce(into: [UInt8]()) { $0 += $1.bytes }
                    #expect(String(decoding: log, as: UTF8.self) == "while nobody was there\n")
                }
            }
        }
    }

    @Test func `when nobody can say what runs, volumes stay attached`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                _ = try await daemon.containers.create(request("web"))
                try await daemon.containers.start("web")
            }
            world.runtime.fail(.awaken, with: ContainerError.runtimeUnavailable("gone"))
            try await world.daemon { daemon in
                #expect(try daemon.containers.container("web").isRunning)
                #expect(daemon.volumes.references(to: "data").map(\.isAttached) == [true])
                #expect(daemon.report.withLock { $0.count } == 1)
                // It can be asked again later.
                try await daemon.containers.stop("web")
            }
        }
    }

    @Test func `a runtime that is lost for a moment costs no container`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                let id = try await daemon.containers.create(request("web")).id
                world.runtime.fail(.wait)
                try await daemon.containers.start("web")
                try await eventually("it is waited for again") {
                    world.runtime.calls.count { $0 == .wait } == 2
                }
                #expect(try daemon.containers.container("web").isRunning)
                world.runtime.end(id, status: 4)
                try await eventually("its end is noticed") {
                    try daemon.containers.container("web").exit?.status == 4
                }
            }
        }
    }
}
