import TestSupport
import Testing

@testable import Containers

@Suite(.requiresRoot(to: "mount a container's layer"))
struct ImageUseTests {
    @Test func `an image that a container needs is not removed`() async throws {
        try await World.with { world in
            try await world.daemon { daemon in
                var request = ContainerRequest(image: "busybox")
                request.name = "web"
                let web = try await daemon.containers.create(request)
                await #expect(throws: ContainerError.imageInUse("busybox", by: [web.id.short])) {
                    try await daemon.containers.removeImage("busybox", force: true)
                }
                try await daemon.containers.remove("web")
                #expect(try await daemon.containers.removeImage("busybox").count == 2)
            }
        }
    }
}
