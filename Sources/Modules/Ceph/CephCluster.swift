import FoundationEssentials
import Linux
import Volumes

/// A connection to a cluster as one of its users. Every call blocks.
// librados may be called from any thread.
final class CephCluster: @unchecked Sendable {
    /// How long the cluster may take to answer one question.
    static let patience = 8
    /// How long a fenced client stays fenced: longer than any machine is paused.
    private static let fencing = 365 * 24 * 3600

    let library: CephLibrary
    private let handle: CephLibrary.Handle
    /// What names the cluster, whatever its configuration file is called.
    let id: String
    /// What the cluster calls this connection: `client.4123`.
    let client: Int64
    /// Who is connected, with its kind: `client.admin`.
    let user: String

    /// Connects. The user's key is read from where the configuration file says.
    init(_ library: CephLibrary, configuration: String, user: String) throws(SystemError) {
        self.library = library
        self.user = "client.\(user)"
        var handle: CephLibrary.Handle?
        let whole = "Ceph as client.\(user)"
        try cephAnswer("set up", whole, library.create(&handle, "ceph", "client.\(user)", 0))
        guard let handle else { throw SystemError("set up", whole, errno: 12) }
        do throws(SystemError) {
            try cephAnswer(
                "read", configuration, library.readConfiguration(handle, configuration))
            let seconds = "\(Self.patience)"
            let settings = [
                "client_mount_timeout": seconds, "rados_osd_op_timeout": seconds,
                "rados_mon_op_timeout": seconds, "log_to_stderr": "false",
                "err_to_stderr": "false", "log_file": "", "admin_socket": "",
            ]
            for (name, value) in settings { _ = library.configure(handle, name, value) }
            try cephAnswer(
                "connect to", "\(whole) (\(configuration))", library.connect(handle))
            id = try cephText("name", whole) { library.clusterID(handle, $0, $1) }
        } catch {
            library.shutdown(handle)
            throw error
        }
        client = Int64(bitPattern: library.instance(handle))
        self.handle = handle
    }

    deinit { library.shutdown(handle) }

    func pool(_ name: String, namespace: String) throws(SystemError) -> CephPool {
        var pool: CephLibrary.Handle?
        try cephAnswer("open pool", name, library.openPool(handle, name, &pool))
        guard let pool else { throw SystemError("open pool", name, errno: 12) }
        library.setNamespace(pool, namespace)
        return CephPool(
            self, pool, name: namespace.isEmpty ? name : "\(name)/\(namespace)")
    }

    /// Sees to it that nothing that the client of this address still sends is done.
    ///
    /// - Parameter address: Of one process, with its nonce: `10.0.0.7:0/3456`.
    func fence(_ address: String) throws {
        let words: [String: String] = [
            "prefix": "osd blocklist", "blocklistop": "add", "addr": address,
        ]
        // The cluster takes a number with a fraction only.
        let text = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
        try ask(text.dropLast() + ",\"expire\":\(Self.fencing).0}", "fence client \(address)")
        // What we ask for from now on is asked under the new map, and so after the fence.
        try cephAnswer("wait for the map of", id, library.awaitMap(handle))
    }

    /// What librados has set, from its configuration or by itself; nil if it knows no such word.
    func setting(_ name: String) -> String? {
        let size = 16 << 10
        let buffer = CephLibrary.Buffer.allocate(capacity: size)
        defer { buffer.deallocate() }
        guard library.setting(handle, name, buffer, size) >= 0 else { return nil }
        return String(cString: buffer)
    }

    /// Asks a monitor; returns what it answers.
    @discardableResult
    func ask(_ question: String, _ action: String) throws(SystemError) -> [UInt8] {
        var output: CephLibrary.Buffer?
        var said: CephLibrary.Buffer?
        var lengths = (0, 0)
        let answer = question.withCString { text in
            var words: CephLibrary.Text? = text
            return library.command(
                handle, &words, 1, nil, 0, &output, &lengths.0, &said, &lengths.1)
        }
        let words = said.map { pointer in
            String(
                decoding: UnsafeRawBufferPointer(start: pointer, count: lengths.1), as: UTF8.self)
        }
        let bytes = Array(UnsafeRawBufferPointer(start: output, count: lengths.0))
        library.freeBuffer(output)
        library.freeBuffer(said)
        guard answer < 0 else { return bytes }
        throw SystemError(action, nil, errno: -answer, detail: words)
    }
}

/// Returns what librados or librbd answered, unless it is an error.
@discardableResult
func cephAnswer<Answer: SignedInteger>(
    _ call: String, _ what: String, _ answer: Answer
) throws(SystemError) -> Answer {
    guard answer < 0 else { return answer }
    throw SystemError(call, what, errno: Int32(-answer))
}

/// The short text that `body` fills a buffer with.
func cephText(
    _ call: String, _ what: String, _ body: (CephLibrary.Buffer, Int) -> Int32
) throws(SystemError) -> String {
    let size = 256
    let buffer = CephLibrary.Buffer.allocate(capacity: size)
    buffer.initialize(repeating: 0, count: size)
    defer { buffer.deallocate() }
    try cephAnswer(call, what, body(buffer, size))
    return String(cString: buffer)
}

extension SystemError {
    /// The cluster does not listen to this client any more (`ESHUTDOWN`).
    var isFenced: Bool { errno == 108 }
    /// Nothing came back in time (`ETIMEDOUT`).
    var isUnanswered: Bool { errno == 110 }
    /// The object has no such attribute (`ENODATA`).
    var isWithoutAttribute: Bool { errno == 61 }
}
