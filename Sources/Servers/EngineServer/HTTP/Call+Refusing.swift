/// What clients may ask for that must not be taken for granted.
extension Call {
    /// A platform that is not this machine's is refused: images are here, and run, for that alone.
    func checkPlatform(of architecture: String) throws(Refusal) {
        for text in query.all("platform") + query.all("platforms") {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            let isOurs = parts.first == "linux" && (parts.count < 2 || parts[1] == architecture)
            guard isOurs || text == architecture else {
                throw .unsupported(
                    "platform \(text) is not supported: this machine runs linux/\(architecture)")
            }
        }
    }

    func refuse(_ key: String, _ reason: String) throws(Refusal) {
        guard !query.flag(key) else { throw .unsupported("\(key) is not supported: \(reason)") }
    }
}
