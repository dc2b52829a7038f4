import Volumes

/// Why a call of a plugin gave nothing.
enum PluginFault: Error, Hashable {
    /// The plugin can't have heard it.
    case unheard(String)
    /// It may have heard it, and the answer did not arrive, or made no sense.
    case broken(String)
    case slow(seconds: Int)
    /// Its own words.
    case refused(String)
    /// It is older than the call.
    case unknownCall

    /// Whether the plugin itself does as a plugin should.
    var isHealthy: Bool {
        switch self {
        case .refused, .unknownCall: true
        case .unheard, .broken, .slow: false
        }
    }

    /// In the engine's words: `action` is what was to be done.
    func error(_ action: String) -> VolumeError {
        switch self {
        case .unheard(let reason), .broken(let reason), .refused(let reason):
            .storage(action: action, reason: reason.onOneLine)
        case .slow(let seconds): .timedOut(action, seconds: seconds)
        case .unknownCall:
            .storage(action: action, reason: "the plugin does not know this call: is it too old?")
        }
    }
}

extension String {
    /// What others wrote, made safe for a line of a log or a terminal.
    var onOneLine: String {
        let longest = 1000
        let visible = unicodeScalars.prefix(longest).reduce(into: "") { text, scalar in
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            text += isControl ? " " : String(scalar)
        }
        return unicodeScalars.count > longest ? visible + "…" : visible
    }
}
