/// A request's path and query, with what people typed made safe for a URL.
struct Target: CustomStringConvertible {
    private(set) var description: String
    private var hasQuery = false

    /// A path of our own, such as `/volumes/create`.
    init(_ path: StaticString) {
        description = "\(path)"
    }

    /// The path of something that people named: `/volumes/NAME`, `/containers/NAME/json`.
    init(_ room: StaticString, _ name: String, _ facet: StaticString = "") throws(ClientError) {
        guard !name.isEmpty else { throw .emptyName }
        description = "\(room)/\(Self.escape(name))"
        if facet.utf8CodeUnitCount > 0 { description += "/\(facet)" }
    }

    /// Adds one key to the query, unless there is no value.
    func adding(_ key: String, _ value: String?) -> Target {
        guard let value else { return self }
        var target = self
        target.description += (hasQuery ? "&" : "?") + key + "=" + Self.escape(value)
        target.hasQuery = true
        return target
    }

    /// Adds `key=1` if `isOn`.
    func adding(_ key: String, if isOn: Bool) -> Target {
        adding(key, isOn ? "1" : nil)
    }

    /// Each byte that could mean something else in a URL becomes `%XX`.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII, scalar.properties.isAlphabetic || "0123456789-._~".contains(scalar) {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}

extension String {
    fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
        unicodeScalars.contains(scalar)
    }
}
