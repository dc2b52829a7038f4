import ArgumentParser
import PouchAPI
import PouchClient

/// When an image is fetched before a container is made from it.
enum PullPolicy: String, CaseIterable, ExpressibleByArgument, Sendable {
    case missing, always, never
}

/// Makes a container, and first fetches its image if need be.
struct Making {
    let client: Client
    let request: ContainerCreateRequest
    let name: String?
    let pull: PullPolicy

    /// Makes it and returns its id.
    func container() async throws -> String {
        if pull == .always { try await fetch() }
        let answer = try await create()
        for warning in answer.warnings { Console.say(warning) }
        return answer.id
    }

    private func create() async throws -> ContainerCreateResponse {
        do {
            return try await client.createContainer(request, name: name)
        } catch ClientError.refused(status: 404, let message, _)
            where pull == .missing && message.hasPrefix("No such image")
        {
            Console.say("no image \(image) here yet: pulling it")
            try await fetch()
            return try await client.createContainer(request, name: name)
        }
    }

    private var image: String { request.config.image ?? "" }

    private func fetch() async throws {
        try await PullProgress.show(of: image, from: client, unless: !Console.showsProgress)
    }
}
