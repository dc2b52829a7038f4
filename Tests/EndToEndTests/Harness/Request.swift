/// A request as it goes over the wire.
struct Request {
    var method: String
    var target: String
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    init(_ method: String, _ target: String, _ json: JSON? = nil) {
        self.method = method
        self.target = target
        if let json {
            headers["Content-Type"] = "application/json"
            body = Array(json.text.utf8)
        }
    }

    var bytes: [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: pouch"]
        var headers = headers
        if !body.isEmpty || method == "POST" { headers["Content-Length"] = "\(body.count)" }
        lines += headers.map { "\($0.key): \($0.value)" }.sorted()
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}
