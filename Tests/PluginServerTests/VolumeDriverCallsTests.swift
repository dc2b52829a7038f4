import Foundation
import Logging
import NIOCore
import TestSupport
import Testing
import Volumes

@testable import PluginServer

/// Each call of the protocol, as clients write it and as they read the answer.
struct VolumeDriverCallsTests {
    private let driver = FakeDriver("local")
    private let store = MemoryStore()
    private let volumes: VolumeManager
    private let calls: VolumeDriverCalls

    init() {
        volumes = VolumeManager(
            store: store, drivers: Drivers([driver, FakeDriver("memory")]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        calls = VolumeDriverCalls(volumes: volumes, boot: "now")
    }

    private func ask(_ call: String, _ body: String = "{}") async throws -> [String: Any] {
        let answer = await calls.answer(call, Data(body.utf8))
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return try #require(json as? [String: Any])
    }

    private func error(_ call: String, _ body: String) async throws -> String {
        try #require(try await ask(call, body)["Err"] as? String)
    }

    private func owners(of name: String) -> [String] {
        volumes.references(to: name).map(\.owner.id)
    }

    @Test func `the handshake says what we are`() async throws {
        #expect(
            try await ask("/Plugin.Activate", "")["Implements"] as? [String] == ["VolumeDriver"])
        let capabilities = try await ask("/VolumeDriver.Capabilities")["Capabilities"]
        #expect(capabilities as? [String: String] == ["Scope": "local"])
    }

    @Test func `a volume is of the driver that is asked for, with all other options`()
        async throws
    {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"plain","Opts":null}"#)
        #expect(try volumes.volume("plain").driver == "local")
        _ = try await ask(
            "/VolumeDriver.Create",
            #"{"Name":"fast","Opts":{"driver":"memory","size":"1m"}}"#)
        let fast = try volumes.volume("fast")
        #expect(fast.driver == "memory" && fast.options == ["size": "1m"])
    }

    @Test func `what can't be made is refused with the reason, and leaves nothing`() async throws {
        for (options, word) in [
            (#"{"driver":"nope"}"#, "local, memory"), (#"{"colour":"red"}"#, "colour"),
        ] {
            let reason = try await error(
                "/VolumeDriver.Create", #"{"Name":"data","Opts":\#(options)}"#)
            #expect(reason.contains(word), "\(reason)")
        }
        #expect(try await error("/VolumeDriver.Create", #"{"Name":"../up"}"#).contains("../up"))
        #expect(try await error("/VolumeDriver.Create", "{").contains("protocol"))
        #expect(try await error("/VolumeDriver.Dance", "{}").contains("VolumeDriver.Dance"))
        #expect(volumes.list().volumes.isEmpty)
    }

    @Test func `the same create again succeeds, one that differs does not`() async throws {
        let create = #"{"Name":"data","Opts":{"size":"1m"}}"#
        for _ in 1...2 { #expect(try await ask("/VolumeDriver.Create", create).isEmpty) }
        let reason = try await error(
            "/VolumeDriver.Create", #"{"Name":"data","Opts":{"size":"2m"}}"#)
        #expect(reason.contains("size"), "\(reason)")
    }

    @Test func `a volume is shown with where it is and all that is known`() async throws {
        let unknown = try await error("/VolumeDriver.Get", #"{"Name":"data"}"#)
        #expect(unknown.contains("no such volume"), "\(unknown)")
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data","Opts":{"size":"1m"}}"#)
        let volume = try #require(
            try await ask("/VolumeDriver.Get", #"{"Name":"data"}"#)["Volume"] as? [String: Any])
        #expect(volume["Name"] as? String == "data")
        #expect(volume["Mountpoint"] as? String == "/fake/local/data")
        let created = try #require(volume["CreatedAt"] as? String)
        #expect(created.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(created)")
        let status = try #require(volume["Status"] as? [String: Any])
        #expect(status["Driver"] as? String == "local")
        #expect(status["Scope"] as? String == "local")
        #expect(status["Options"] as? [String: String] == ["size": "1m"])

        let list = try #require(
            try await ask("/VolumeDriver.List")["Volumes"] as? [[String: Any]])
        #expect(list.map { $0["Name"] as? String } == ["data"])
        let path = try await ask("/VolumeDriver.Path", #"{"Name":"data"}"#)["Mountpoint"]
        #expect(path as? String == "/fake/local/data")
    }

    @Test func `what a client has mounted is not removed, and the error says who has it`()
        async throws
    {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data"}"#)
        let mount = #"{"Name":"data","ID":"abc"}"#
        let answer = try await ask("/VolumeDriver.Mount", mount)
        #expect(answer["Mountpoint"] as? String == "/fake/local/data")
        for reason in [
            try await error("/VolumeDriver.Remove", #"{"Name":"data"}"#),
            await #expect(throws: VolumeError.self) {
                try await volumes.remove("data", force: true)
            }
            .map { "\($0)" } ?? "",
        ] {
            #expect(reason.contains("in use") && reason.contains("abc"), "\(reason)")
        }
        _ = try await ask("/VolumeDriver.Unmount", mount)
        #expect(owners(of: "data") == [])
        _ = try await ask("/VolumeDriver.Remove", #"{"Name":"data"}"#)
        #expect(volumes.list().volumes.isEmpty)
    }

    /// dockerd mounts again under the same ID for a copy out of a container that runs.
    @Test func `each mount of one ID ends with one unmount`() async throws {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data"}"#)
        let mount = #"{"Name":"data","ID":"abc"}"#
        for _ in 1...2 { _ = try await ask("/VolumeDriver.Mount", mount) }
        _ = try await ask("/VolumeDriver.Unmount", mount)
        #expect(owners(of: "data") == ["abc"])
        #expect(driver.storage.attached.values.flatMap { $0 }.count == 1)
        _ = try await ask("/VolumeDriver.Unmount", mount)
        #expect(owners(of: "data") == [])
        // Told twice, it is done already.
        #expect(try await ask("/VolumeDriver.Unmount", mount).isEmpty)
    }

    @Test func `many mounts at once are as many uses`() async throws {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data"}"#)
        await withTaskGroup { group in
            for number in 0..<100 {
                group.addTask {
                    let body = #"{"Name":"data","ID":"id\#(number % 10)"}"#
                    #expect(
                        await calls.answer("/VolumeDriver.Mount", Data(body.utf8)).error == nil)
                }
            }
        }
        #expect(volumes.references(to: "data").count == 100)
    }

    @Test func `a mount that fails leaves no use`() async throws {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data"}"#)
        driver.fail(.attach)
        let reason = try await error("/VolumeDriver.Mount", #"{"Name":"data","ID":"abc"}"#)
        #expect(reason.contains("told to fail"), "\(reason)")
        #expect(owners(of: "data") == [])
        #expect(try await error("/VolumeDriver.Mount", #"{"Name":"data","ID":""}"#).contains("ID"))
    }

    @Test func `uses outlive the daemon, but not the host's boot`() async throws {
        _ = try await ask("/VolumeDriver.Create", #"{"Name":"data"}"#)
        _ = try await ask("/VolumeDriver.Mount", #"{"Name":"data","ID":"abc"}"#)
        let next = VolumeManager(
            store: store, drivers: Drivers([driver, FakeDriver("memory")]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        _ = try await next.recover(existing: [], running: [])
        await next.forgetUses(of: .plugin, notIn: "now")
        #expect(next.references(to: "data").map(\.owner.id) == ["abc"])
        await next.forgetUses(of: .plugin, notIn: "the next boot")
        #expect(next.references(to: "data") == [])
    }
}
