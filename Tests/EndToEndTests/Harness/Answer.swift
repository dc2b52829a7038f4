import FoundationEssentials

/// What came back over the socket.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// `null` if the body is no JSON.
    var json: JSON { (try? JSON(text)) ?? .null }

    /// What an error says.
    var message: String { json["message"].string ?? "" }

    var description: String { "\(status) \(headers) \(text.prefix(2000))" }
}
