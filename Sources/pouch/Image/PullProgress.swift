import PouchAPI
import PouchClient
import Synchronization

/// How far a pull is, on one line that is written again and again.
final class PullProgress: Sendable {
    private struct Blob {
        var current: Int64 = 0
        var total: Int64 = 0
        var isHere = false
    }

    private let isShown: Bool
    private let blobs = Mutex<[String: Blob]>([:])

    private init(isShown: Bool) {
        self.isShown = isShown
    }

    /// Has an image pulled, and leaves nothing of the line behind.
    static func show(of image: String, from client: Client, unless isQuiet: Bool) async throws {
        let progress = PullProgress(isShown: !isQuiet)
        defer { progress.end() }
        // Where no home is, no logins are.
        let login = try (try? RegistryLogins())?.login(forImage: image)
        try await client.pullImage(image, as: login) { line in progress.take(line) }
    }

    /// Takes what the daemon says.
    private func take(_ line: ProgressLine) {
        guard isShown, let id = line.id, let status = line.status else { return }
        let isHere = Self.finals.contains(status)
        guard isHere || line.progressDetail?.total != nil else { return }
        let text = blobs.withLock { blobs in
            var blob = blobs[id, default: Blob()]
            blob.total = max(blob.total, line.progressDetail?.total ?? 0)
            blob.current = isHere ? blob.total : line.progressDetail?.current ?? blob.current
            blob.isHere = blob.isHere || isHere
            blobs[id] = blob
            return Self.text(of: blobs.values)
        }
        Console.show("\r\u{1B}[K\(text)")
    }

    /// Leaves the line empty.
    private func end() {
        if isShown { Console.show("\r\u{1B}[K") }
    }

    private static let finals: Set = ["Pull complete", "Already exists", "Download complete"]

    private static func text(of blobs: some Collection<Blob>) -> String {
        let total = blobs.reduce(0) { $0 + $1.total }
        let current = blobs.reduce(0) { $0 + $1.current }
        let sizes = total > 0 ? ", \(Size.text(current)) of \(Size.text(total))" : ""
        return "\(blobs.count { $0.isHere }) of \(blobs.count) layers\(sizes)"
    }
}
