/// A volume that someone asks for. What is nil was left unsaid.
public struct VolumeRequest: Hashable, Sendable {
    /// Nil asks for an anonymous volume, with an id for a name.
    public var name: VolumeName?
    public var driver: String?
    public var options: [String: String]?
    public var labels: [String: String]?

    public init(
        name: VolumeName? = nil, driver: String? = nil, options: [String: String]? = nil,
        labels: [String: String]? = nil
    ) {
        self.name = name
        self.driver = driver
        self.options = options
        self.labels = labels
    }

    /// What this request states that `volume` is not, in words; nil if it fits.
    ///
    /// What a request leaves unsaid is no difference.
    func difference(from volume: Volume) -> String? {
        if let driver, driver != volume.driver {
            return "driver is \(volume.driver), not \(driver)"
        }
        return Self.difference("option", options, volume.options)
            ?? Self.difference("label", labels, volume.labels)
    }

    private static func difference(
        _ kind: String, _ asked: [String: String]?, _ stored: [String: String]?
    ) -> String? {
        for (key, value) in (asked ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let known = stored?[key] else { return "\(kind) \(key) is not set" }
            guard known == value else { return "\(kind) \(key) is \"\(known)\", not \"\(value)\"" }
        }
        return nil
    }
}
