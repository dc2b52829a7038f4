public import FoundationEssentials
import NIOCore
public import PouchAPI

extension Client {
    public func images(filters: Filters = [:]) async throws -> [ImageSummary] {
        try await ask(.get(Target("/images/json").adding(filters)))
    }

    /// What the daemon says about an image, word for word.
    public func inspectImage(_ name: String) async throws -> Data {
        try await bytes(.get(Target("/images", name, "json")))
    }

    public func removeImage(_ name: String, force: Bool = false) async throws -> [ImageDeleteItem] {
        try await ask(.delete(Target("/images", name).adding("force", if: force)))
    }

    /// Sends an archive and hands on what the daemon says meanwhile.
    public func loadImages(
        from source: Source, progress: @Sendable (ProgressLine) throws -> Void
    ) async throws {
        let target = Target("/images/load")
        try await follow(.upload(source, type: "application/x-tar", to: target), progress)
    }

    /// Has the daemon fetch an image and hands on how far it is; without a login, as nobody in
    /// particular.
    public func pullImage(
        _ name: String, as login: AuthenticationRequest? = nil,
        progress: @Sendable (ProgressLine) throws -> Void
    ) async throws {
        let target = Target("/images/create").adding("fromImage", name)
        let header = try login.map { try JSONEncoder().encode($0).base64EncodedString() }
        try await follow(.post(target).adding(header: "X-Registry-Auth", header), progress)
    }

    /// Gives an image one more name.
    public func tagImage(_ name: String, as newName: String) async throws {
        try await bytes(.post(Target("/images", name, "tag").adding("repo", newName)))
    }

    public func imageHistory(of name: String) async throws -> [ImageHistoryItem] {
        try await ask(.get(Target("/images", name, "history")))
    }

    public func pruneImages(filters: Filters = [:]) async throws -> ImagePruneResponse {
        try await ask(.post(Target("/images/prune").adding(filters)))
    }

    /// Has the registry say whether it lets one in; returns what the daemon says of it.
    public func logIn(_ login: AuthenticationRequest) async throws -> AuthenticationResponse {
        try await ask(.post(Target("/auth"), login))
    }

    /// Reads one JSON line after the other, as they arrive; one that holds an error ends it.
    private func follow(
        _ request: Request, _ progress: @Sendable (ProgressLine) throws -> Void
    ) async throws {
        try await exchange(request) { answer in
            var lines = LineDecoder()
            while let bytes = try await answer.next() {
                try handOn(lines.decode(bytes.readableBytesView), progress)
            }
            try handOn(lines.finish(), progress)
        }
    }

    private func handOn(_ lines: [Data], _ progress: (ProgressLine) throws -> Void) throws {
        for line in lines {
            let line: ProgressLine = try decode(line)
            if let message = line.error { throw ClientError.failed(message) }
            try progress(line)
        }
    }
}
