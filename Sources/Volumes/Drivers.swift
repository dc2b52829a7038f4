/// The kinds of storage that this daemon has, by name: those that are built in, and those that come
/// and go.
public struct Drivers: Sendable {
    /// The driver of a volume whose request names none.
    public static let `default` = "local"

    private let builtIn: [String: any Driver]
    private let source: (any DriverSource)?

    /// A driver that is built in hides one of the same name that comes from `source`.
    public init(_ drivers: [any Driver], and source: (any DriverSource)? = nil) {
        builtIn = Dictionary(drivers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.source = source
    }

    public var names: [String] { all.map(\.name) }

    /// Those that are there, sorted by name.
    public var all: [any Driver] {
        (Array(builtIn.values) + surveying).sorted { $0.name < $1.name }
    }

    /// Those whose storage is the truth about its volumes, sorted by name.
    var surveying: [any Surveying] {
        (source?.drivers ?? []).filter { builtIn[$0.name] == nil }
    }

    /// Those whose volumes other hosts make too, sorted by name.
    var sharing: [any Sharing] {
        builtIn.values.compactMap { $0 as? any Sharing }.sorted { $0.name < $1.name }
    }

    /// What is known of plugins, sorted by name; asks nobody.
    public var reports: [PluginReport] {
        (source?.reports ?? []).filter { builtIn[$0.name] == nil }
    }

    /// One that is there, or that some volume is of.
    public subscript(name: String) -> any Driver {
        get throws(VolumeError) {
            guard let driver = builtIn[name] ?? source?.driver(named: name) else {
                throw .unknownDriver(name, known: names)
            }
            return driver
        }
    }

    /// The driver for a new volume: also one that has only just appeared.
    func find(_ name: String) async throws -> any Driver {
        if let driver = builtIn[name] { return driver }
        await source?.lookFor(name)
        guard let driver = source?.driver(named: name) else {
            throw VolumeError.unknownDriver(name, known: names)
        }
        return driver
    }

    func expect(_ name: String) {
        if builtIn[name] == nil { source?.expect(name) }
    }
}
