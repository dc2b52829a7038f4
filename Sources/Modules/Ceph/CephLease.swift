import FoundationEssentials
import Linux

/// One host's right to an image, for some seconds at a time.
///
/// Kept on an object beside the image, which is named by the image's id: librbd's own lock goes to
/// whoever writes, and is no protection. The lock on it says who may have the image now; a note on
/// it says who had it last and may still write to it, until that host takes the note away.
struct CephLease: Sendable {
    /// Who has an image, or had it when something went wrong.
    struct Holder: Codable, Hashable, Sendable {
        /// The host's identity.
        let host: String
        /// What people call the host.
        let name: String
        /// Seconds since 1970.
        let since: Int64
        /// Addresses of the clients through which it reaches the image.
        var clients: [String]
    }

    /// Somebody else has it.
    struct Taken: Error {
        /// Nil if there is a lock, and no note yet that says whose.
        let holder: Holder?
        /// Whether the lock is gone, and only the note is left.
        let isLapsed: Bool
        /// Hosts that only read it.
        var readers: [LockHolder] = []
    }

    /// How long a lease holds after it was renewed last.
    static let seconds: Int64 = 20
    static let renewal = 5

    private static let lock = "pouch"
    /// What those who share it must all call it.
    private static let sharing = "readers"
    /// Who is about to read.
    private static let mapping = "pouch.mapping"
    private static let reader = "pouch.reader."
    private static let note = "pouch.holder"
    private static let objectPrefix = "pouch.lease."

    let pool: CephPool
    let host: HostIdentity
    private let object: String

    init(_ pool: CephPool, image: String, host: HostIdentity) {
        self.pool = pool
        self.host = host
        object = Self.objectPrefix + image
    }

    private var library: CephLibrary { pool.library }

    // MARK: The lock

    /// Takes the lock, also from an earlier run of our own host's daemon; throws ``Taken``.
    ///
    /// - Parameter shared: Whether other hosts may have it too, to read; else nobody else has it.
    func take(shared: Bool = false) throws {
        for _ in 0..<3 {
            do throws(SystemError) {
                return try lock(shared: shared)
            } catch {
                guard error.errno == 16 || error.errno == 17 else { throw error }
            }
            // The same daemon under another connection is still the same host.
            let (holders, areReaders) = try lockHolders()
            guard holders.allSatisfy({ $0.cookie == host.id }) else {
                throw Taken(
                    holder: try holder(), isLapsed: false, readers: areReaders ? holders : [])
            }
            for holder in holders { try breakLock(of: holder) }
        }
        throw Taken(holder: try holder(), isLapsed: false)
    }

    /// Throws ``Taken`` unless the lock, which we had, is ours for some more seconds.
    ///
    /// One that lapsed is taken again if nobody else was here meanwhile.
    func renew(shared: Bool = false) throws {
        try take(shared: shared)
        let holder = try holder()
        // Who only reads leaves no note; a note is a writer's, who came when the lease had lapsed.
        guard holder?.host == (shared ? nil : host.id) else {
            try unlock()
            throw Taken(holder: holder, isLapsed: true)
        }
    }

    private func lock(shared: Bool) throws(SystemError) {
        var duration = CephLibrary.Duration(seconds: Self.seconds)
        // 1: renewed if it is ours.
        let answer =
            shared
            ? library.lockShared(
                pool.handle, object, Self.lock, host.id, Self.sharing, host.name, &duration, 1)
            : library.lock(pool.handle, object, Self.lock, host.id, host.name, &duration, 1)
        try cephAnswer("lease", "\(pool.name)/\(object)", answer)
    }

    /// Lets others have it.
    func release() throws(SystemError) {
        if let text = try pool.attribute(Self.note, of: object), let holder = Self.holder(in: text),
            holder.host == host.id
        {
            try pool.removeAttribute(Self.note, of: object, ifStill: text)
        }
        try forgetReaders()
        try unlock()
    }

    /// Gives the lock back, and leaves the note as it is.
    func unlock() throws(SystemError) {
        let answer = library.unlock(pool.handle, object, Self.lock, host.id)
        guard answer != -2 else { return }
        try cephAnswer("release", "\(pool.name)/\(object)", answer)
    }

    /// Whose lock it is at this moment.
    struct LockHolder: Hashable, Sendable {
        let client: String
        let cookie: String
        let address: String
    }

    func holders() throws(SystemError) -> [LockHolder] { try lockHolders().holders }

    /// Whose it is, and whether they share it.
    private func lockHolders() throws(SystemError) -> (holders: [LockHolder], areReaders: Bool) {
        let size = 4096
        let buffers = (0..<4).map { _ in CephLibrary.Buffer.allocate(capacity: size) }
        defer { for buffer in buffers { buffer.deallocate() } }
        var isExclusive: Int32 = 0
        var lengths = (size, size, size, size)
        let answer = library.listLockers(
            pool.handle, object, Self.lock, &isExclusive, buffers[0], &lengths.0, buffers[1],
            &lengths.1, buffers[2], &lengths.2, buffers[3], &lengths.3)
        if answer == -2 { return ([], false) }
        try cephAnswer("list holders of", "\(pool.name)/\(object)", answer)
        let clients = Self.texts(buffers[1], lengths.1)
        let cookies = Self.texts(buffers[2], lengths.2)
        let addresses = Self.texts(buffers[3], lengths.3)
        let holders = zip(zip(clients, cookies), addresses).map {
            LockHolder(client: $0.0, cookie: $0.1, address: $1)
        }
        return (holders, isExclusive == 0)
    }

    private static func texts(_ buffer: CephLibrary.Buffer, _ length: Int) -> [String] {
        UnsafeRawBufferPointer(start: buffer, count: length).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func breakLock(of holder: LockHolder) throws(SystemError) {
        let answer = library.breakLock(
            pool.handle, object, Self.lock, holder.client, holder.cookie)
        guard answer != -2 else { return }
        try cephAnswer("break the lease", "\(pool.name)/\(object)", answer)
    }

    // MARK: The note

    func holder() throws(SystemError) -> Holder? {
        try pool.attribute(Self.note, of: object).flatMap(Self.holder)
    }

    /// Says that we have it, through these clients.
    func note(_ clients: [String], since: Int64) throws {
        let holder = Holder(host: host.id, name: host.name, since: since, clients: clients)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(holder), as: UTF8.self)
        try pool.setAttribute(Self.note, of: object, to: text)
    }

    /// Addresses of the clients through which hosts that share the lease read the image.
    func readers() throws(SystemError) -> Set<String> {
        var addresses: Set<String> = []
        for cookie in Set(try holders().map(\.cookie)).union([host.id]) {
            let text = try pool.attribute(Self.reader + cookie, of: object) ?? ""
            addresses.formUnion(text.split(separator: " ").map(String.init))
        }
        return addresses
    }

    /// Addresses of our own clients that read it, or did until something went wrong.
    func ownReaders() throws(SystemError) -> [String] {
        let text = try pool.attribute(Self.reader + host.id, of: object) ?? ""
        return text.split(separator: " ").map(String.init)
    }

    /// Says that we read it, through these clients.
    func noteReaders(_ clients: [String]) throws(SystemError) {
        try pool.setAttribute(
            Self.reader + host.id, of: object, to: clients.joined(separator: " "))
    }

    func forgetReaders() throws(SystemError) {
        guard let text = try pool.attribute(Self.reader + host.id, of: object) else { return }
        try pool.removeAttribute(Self.reader + host.id, of: object, ifStill: text)
    }

    /// Lets one host at a time begin to read: only so can it tell which client is its own. Throws
    /// an error with `EBUSY` if another one is at it, for `seconds` at most.
    func beginReading(seconds: Int64) throws(SystemError) {
        var duration = CephLibrary.Duration(seconds: seconds)
        try cephAnswer(
            "lease", "\(pool.name)/\(object)",
            library.lock(pool.handle, object, Self.mapping, host.id, host.name, &duration, 1))
    }

    func endBeginning() throws(SystemError) {
        let answer = library.unlock(pool.handle, object, Self.mapping, host.id)
        guard answer != -2 else { return }
        try cephAnswer("release", "\(pool.name)/\(object)", answer)
    }

    /// Takes away whoever's note it is.
    func forget(_ holder: Holder) throws(SystemError) {
        guard let text = try pool.attribute(Self.note, of: object), Self.holder(in: text) == holder
        else { return }
        try pool.removeAttribute(Self.note, of: object, ifStill: text)
    }

    private static func holder(in text: String) -> Holder? {
        try? JSONDecoder().decode(Holder.self, from: Data(text.utf8))
    }

    /// Deletes everything of it; the image is gone.
    func delete() throws(SystemError) { try pool.removeObject(object) }
}

extension CephLease.Holder: CustomStringConvertible {
    var description: String {
        let time = Date(timeIntervalSince1970: Double(since)).formatted(.iso8601)
        return "host \(name) (\(host.prefix(12))) since \(time)"
    }
}
