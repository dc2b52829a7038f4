import Foundation
import TestSupport

@testable import Containers

/// A runtime with one process a container: what needs more is tested with the real one.
protocol OneProcess: Sendable {}

extension OneProcess {
    private var notFaked: TestFailure {
        TestFailure("the fake runtime has one process a container, and saves no images")
    }

    func save(
        _ references: [String], _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws { throw notFaked }
    func pause(_ container: ContainerID) async throws { throw notFaked }
    func resume(_ container: ContainerID) async throws { throw notFaked }
    func limit(_ container: ContainerID, to resources: Data) async throws { throw notFaked }
    func make(_ process: SideProcess, _ request: SideProcessRequest) async throws {
        throw notFaked
    }
    func start(_ process: SideProcess) async throws -> Int32 { throw notFaked }
    func wait(_ process: SideProcess) async throws -> Exit { throw notFaked }
    func kill(_ process: SideProcess) async throws { throw notFaked }
    func closeInput(of process: SideProcess) async throws { throw notFaked }
    func resizeTerminal(of process: SideProcess, width: Int, height: Int) async throws {
        throw notFaked
    }
    func delete(_ process: SideProcess) async throws { throw notFaked }
}
