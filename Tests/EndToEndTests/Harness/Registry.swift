import FoundationEssentials
import Glibc
import TestSupport

/// A real registry on the loopback, with busybox in it.
final class Registry: Sendable {
    /// `127.0.0.1:port`.
    let address: String
    private let root: String
    private let process: Daemon

    /// With `accounts`, lines of an htpasswd file with bcrypt, only they are let in.
    static func running<Result>(
        in directory: String, accounts: String? = nil, _ body: (Registry) async throws -> Result
    ) async throws -> Result {
        let registry = try await Registry(in: directory + "/registry", accounts: accounts)
        do {
            let result = try await body(registry)
            try await registry.end()
            return result
        } catch {
            try? await registry.end()
            throw error
        }
    }

    private init(in root: String, accounts: String?) async throws {
        self.root = root
        let port = try Self.freePort()
        address = "127.0.0.1:\(port)"
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        try Data(
            """
            version: 0.1
            log: {accesslog: {disabled: true}, level: error}
            storage: {filesystem: {rootdirectory: \(root)}, delete: {enabled: true}}
            http: {addr: "\(address)"}
            \(accounts.map { _ in "auth: {htpasswd: {realm: tests, path: \(root)/htpasswd}}" } ?? "")
            """.utf8
        ).write(to: URL(filePath: root + "/config.yml"))
        if let accounts { try Data(accounts.utf8).write(to: URL(filePath: root + "/htpasswd")) }
        process = try Daemon(
            ["/usr/bin/docker-registry", "serve", root + "/config.yml"], log: root + "/log")
        try await eventually("the registry listens") {
            guard process.status == nil else { throw TestFailure("docker-registry ended") }
            return Self.listens(at: port)
        }
    }

    private func end() async throws {
        process.signal(SIGKILL)
        try await process.end()
    }

    /// Puts busybox in, as the registry itself keeps what is pushed to it.
    func put(_ name: String, tag: String = "latest") async throws {
        let layout = try await TestImage.layout("\(name):\(tag)", in: root)
        try await Program.shell(Self.putting, root, layout, name, tag)
    }

    /// Changes a byte in each layer.
    func damage() async throws {
        try await Program.shell(
            #"""
            cd "$1/docker/registry/v2/blobs/sha256"
            for blob in */*/data; do
                [ "$(stat -c %s "$blob")" -lt 100000 ] ||
                    printf X | dd of="$blob" bs=1 seek=50000 conv=notrunc status=none
            done
            """#, root)
    }

    private static let putting = #"""
        cd "$1"; mkdir layout; tar -C layout -xf "$2"
        v2=docker/registry/v2
        repository=$v2/repositories/$3
        for blob in layout/blobs/sha256/*; do
            sum=${blob##*/}
            mkdir -p "$v2/blobs/sha256/${sum:0:2}/$sum" "$repository/_layers/sha256/$sum"
            cp "$blob" "$v2/blobs/sha256/${sum:0:2}/$sum/data"
            printf sha256:%s "$sum" > "$repository/_layers/sha256/$sum/link"
        done
        sum=$(sed 's/.*"manifests".*sha256:\([0-9a-f]*\).*/\1/' layout/index.json)
        tags=$repository/_manifests/tags/$4
        mkdir -p "$repository/_manifests/revisions/sha256/$sum" "$tags/current" \
            "$tags/index/sha256/$sum"
        for place in "$repository/_manifests/revisions/sha256/$sum" "$tags/current" \
            "$tags/index/sha256/$sum"
        do printf sha256:%s "$sum" > "$place/link"; done
        rm -r layout
        """#

    /// Where nothing listens now.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? =
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    bind(descriptor, pointer, length) == 0
                        && getsockname(descriptor, pointer, &length) == 0
                }
            } ? UInt16(bigEndian: address.sin_port) : nil
        guard let port else { throw TestFailure("no free port: errno \(errno)") }
        return port
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }

    private static func listens(at port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
