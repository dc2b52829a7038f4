/// A call of the protocol.
enum PluginCall: String, Sendable {
    case activate = "Plugin.Activate"
    case capabilities = "VolumeDriver.Capabilities"
    case create = "VolumeDriver.Create"
    case get = "VolumeDriver.Get"
    case list = "VolumeDriver.List"
    case mount = "VolumeDriver.Mount"
    case path = "VolumeDriver.Path"
    case remove = "VolumeDriver.Remove"
    case unmount = "VolumeDriver.Unmount"

    /// Whether it may be heard twice: a Mount may be counted, a Remove find another's volume.
    var isIdempotent: Bool {
        switch self {
        case .activate, .capabilities, .get, .list, .path: true
        case .create, .mount, .remove, .unmount: false
        }
    }

    /// How many seconds one attempt may take.
    func seconds(_ settings: PluginSettings) -> Int {
        switch self {
        case .create, .mount: settings.actionSeconds
        case .activate, .capabilities, .list: settings.listSeconds
        default: settings.questionSeconds
        }
    }
}

/// How long a caller waits in all.
enum PluginPatience: Sendable {
    /// Each attempt has the call's own time.
    case usual
    /// Also waits a while for a plugin that isn't there.
    case start
    /// All attempts together have the time of a list; one that did not answer lately isn't asked.
    case list
}
