import HummingbirdCore
import NIOCore

/// Where a session's bytes go. Several tasks may write; what one writes at once stays together.
final class ClientOutput: @unchecked Sendable {
    // The library's writer is safe to share, it only does not say so.
    private let writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    /// Returns when there is room for more.
    func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        var writer = writer
        try await writer.write(bytes)
    }
}
