/// The kinds of storage that this daemon has, by name.
public struct Drivers: Sendable {
    /// The driver of a volume whose request names none.
    public static let `default` = "local"

    private let byName: [String: any Driver]

    public init(_ drivers: [any Driver]) {
        byName = Dictionary(drivers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public var names: [String] { byName.keys.sorted() }

    public var all: [any Driver] { byName.values.sorted { $0.name < $1.name } }

    public subscript(name: String) -> any Driver {
        get throws(VolumeError) {
            guard let driver = byName[name] else { throw .unknownDriver(name, known: names) }
            return driver
        }
    }
}
