import Foundation
import Glibc
import TestSupport
import Testing

@testable import VolumeModules

/// Which plugins directories announce.
struct PluginFilesTests {
    private func bound(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0, "bind \(path): \(errno)")
        return descriptor
    }

    private func write(_ text: String, to path: String) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test func `sockets go before files, spec before JSON, one directory before the next`()
        async throws
    {
        try await withTemporaryDirectory { root in
            let (one, two) = (root + "/1", root + "/2")
            try write("http://one-spec", to: one + "/a.spec")
            try write(#"{"Addr": "http://one-json"}"#, to: one + "/a.json")
            try write("http://two-spec", to: two + "/a.spec")
            try write(#"{"Addr": "http://one-json"}"#, to: one + "/b.json")
            try write("http://one-below", to: one + "/b/b.spec")
            try write("http://two", to: two + "/c/c.spec")
            try write("http://no", to: two + "/c/other.spec")
            try write("http://no", to: two + "/-bad name.spec")
            try write("text", to: two + "/file.sock")
            symlink(two + "/d.sock", two + "/link.sock")
            let sockets = try [bound(two + "/d.sock"), bound(two + "/b.sock")]
            defer { sockets.forEach { close($0) } }

            let found = PluginFiles(directories: [one, two, root + "/none"], own: []).all()
            let places = found.mapValues(\.place)
            #expect(
                places == [
                    "a": "http://one-spec", "b": "unix://\(two)/b.sock", "c": "http://two",
                    "d": "unix://\(two)/d.sock",
                ])
        }
    }

    @Test func `our own socket is no plugin, whatever leads to it`() async throws {
        try await withTemporaryDirectory { root in
            let own = root + "/own.sock"
            let sockets = try [bound(own), bound(root + "/other.sock")]
            defer { sockets.forEach { close($0) } }
            let directory = root + "/plugins"
            try write("unix://\(own)", to: directory + "/spec.spec")
            try write(#"{"Addr": "unix://\#(own)"}"#, to: directory + "/json.json")
            try write("unix://\(root)/other.sock", to: directory + "/other.spec")
            link(own, directory + "/hard.sock")
            symlink(own, root + "/soft")
            try write("unix://\(root)/soft", to: directory + "/soft.spec")
            let files = PluginFiles(directories: [directory], own: [own])
            #expect(files.all().keys.sorted() == ["other"])
            #expect(
                PluginFiles(directories: [directory], own: []).all().keys.sorted()
                    == ["hard", "json", "other", "soft", "spec"])
        }
    }
}
