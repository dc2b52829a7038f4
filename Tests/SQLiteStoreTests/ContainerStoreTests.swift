import Containers
import Foundation
import SQLiteStore
import TestSupport
import Testing

struct ContainerStoreTests {
    @Test func `containers are there after reopening, as they were saved last`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            let store = try SQLiteStore(at: path)
            var web = container("web")
            let gone = container("gone")
            try await store.save(web)
            try await store.save(gone)
            web.phase = .ready
            web.state = .exited(
                Container.End(
                    status: 3, startedAt: Date(), finishedAt: Date().addingTimeInterval(1)))
            try await store.save(web)
            try await store.forget(gone.id)
            try await store.forget(gone.id)
            try store.close()

            let remembered = try await SQLiteStore(at: path).containers()
            #expect(remembered == [web])
        }
    }

    private func container(_ name: String) -> Container {
        var request = ContainerRequest(image: "busybox")
        request.binds = ["data:/data"]
        return Container(
            id: .random(), name: name, createdAt: Date(), request: request, imageID: "sha256:1",
            hostname: name, process: Container.Process(arguments: ["sh", "-c", "\"\n"]),
            mounts: [
                MountPoint(kind: .volume, name: "data", destination: "/data", driver: "local")
            ])
    }
}
