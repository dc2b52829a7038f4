/// How long plugins may take, and how often they are asked again.
public struct PluginSettings: Hashable, Sendable {
    /// Seconds for a Create or a Mount, which may make storage somewhere else.
    public var actionSeconds = 120
    /// Seconds for any other call that a person or a container waits for.
    public var questionSeconds = 60
    /// Seconds for a handshake, for a plugin's part of a list, or of a search through all plugins.
    public var listSeconds = 5
    /// How often a call is sent once more: one that was certainly not heard, or may be heard twice.
    public var retries = 3
    /// Seconds that a container's start waits for a plugin that is not there.
    public var waitSeconds = 30

    public init() {}
}
