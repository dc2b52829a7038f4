public import FoundationEssentials

/// What the engine needs from the world besides storage: the time, new ids, and who
/// else uses what.
///
/// They come in here and nowhere else, so that a test or a simulator can replay them.
public struct Surroundings: Sendable {
    public let now: @Sendable () -> Date
    /// A new 64-digit hex id at each call.
    public let id: @Sendable () -> String
    /// Called after each step of an action, with its name; tests stop the daemon here.
    public let step: @Sendable (String) -> Void

    /// Who on this host has what is at a path mounted somewhere, in words; see `Linux.MountUser`.
    public let mountUsers: @Sendable (_ path: String) async throws -> [String]

    public init(
        now: @escaping @Sendable () -> Date = { Date() },
        id: @escaping @Sendable () -> String = { Surroundings.randomID() },
        step: @escaping @Sendable (String) -> Void = { _ in },
        mountUsers: @escaping @Sendable (String) async throws -> [String] = { _ in [] }
    ) {
        self.now = now
        self.id = id
        self.step = step
        self.mountUsers = mountUsers
    }

    /// 64 hex digits from the system's random numbers.
    public static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        var id: [UInt8] = []
        id.reserveCapacity(64)
        for _ in 0..<4 {
            var word = generator.next()
            for _ in 0..<16 {
                id.append(digits[Int(word & 15)])
                word >>= 4
            }
        }
        return String(decoding: id, as: UTF8.self)
    }
}
