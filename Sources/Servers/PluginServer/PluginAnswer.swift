import FoundationEssentials
import HTTPTypes
import NIOCore

/// What a client of the plugin protocol gets.
struct PluginAnswer: Sendable {
    private static let type = "application/vnd.docker.plugins.v1.2+json"

    let status: HTTPResponse.Status
    let body: ByteBuffer
    /// What went wrong, if anything did.
    let error: String?

    private init(status: HTTPResponse.Status, json: some Encodable, error: String? = nil) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // What we encode is made of strings.
        let data = (try? encoder.encode(json)) ?? Data("{}".utf8)
        var body = ByteBuffer(bytes: data)
        body.writeStaticString("\n")
        self.body = body
        self.status = status
        self.error = error
    }

    static func success(_ json: some Encodable) -> PluginAnswer {
        PluginAnswer(status: .ok, json: json)
    }

    /// Plugins made with Docker's own kit answer like this, so every client understands it.
    static func failure(
        _ reason: String, _ status: HTTPResponse.Status = .internalServerError
    ) -> PluginAnswer {
        PluginAnswer(status: status, json: ["Err": reason], error: reason)
    }

    var head: HTTPResponse {
        HTTPResponse(
            status: status,
            headerFields: [
                .contentType: Self.type, .contentLength: String(body.readableBytes),
            ])
    }
}
