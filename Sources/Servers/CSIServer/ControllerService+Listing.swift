import CSIAPI
import FoundationEssentials
import GRPCCore
import Linux
import SwiftProtobuf
import Volumes

/// What there is, and how much room for more.
extension ControllerService {
    func listVolumes(
        request: Csi_V1_ListVolumesRequest, context: ServerContext
    ) async throws -> Csi_V1_ListVolumesResponse {
        guard request.maxEntries >= 0 else {
            throw RPCError.invalid("max_entries can't be below zero")
        }
        let start = request.startingToken.isEmpty ? nil : try PageToken(request.startingToken)
        // In the order in which they were made, so that a new one is never on a page that was read.
        let rest = volumes.list().volumes
            .map { (PageToken(of: $0), $0) }
            .filter { token, _ in start.map { $0 < token } ?? true }
            .sorted { $0.0 < $1.0 }
        let page = request.maxEntries == 0 ? rest[...] : rest.prefix(Int(request.maxEntries))
        return .with {
            $0.entries = page.map { _, volume in .with { $0.volume = message(of: volume) } }
            if page.count < rest.count, let (last, _) = page.last { $0.nextToken = last.text }
        }
    }

    func getCapacity(
        request: Csi_V1_GetCapacityRequest, context: ServerContext
    ) async throws -> Csi_V1_GetCapacityResponse {
        let parameters = try Parameters(request.parameters, from: .storageClass)
        guard plugin.topology.isWithin(request.accessibleTopology) else {
            return .with { $0.availableCapacity = 0 }
        }
        do {
            _ = try request.volumeCapabilities.map { try Access($0) }
        } catch is Unsupported {
            return .with { $0.availableCapacity = 0 }
        }
        let available = try await available(to: parameters.driver)
        return .with { $0.availableCapacity = available }
    }

    /// In bytes.
    private func available(to driver: String) async throws -> Int64 {
        switch driver {
        case "local":
            guard let disk = await volumes.commitment()?.disk else {
                throw RPCError(
                    code: .unavailable, message: "the disk under local volumes does not answer")
            }
            return disk.available
        case "tmpfs":
            return try await Blocking.run("look how much memory is free", seconds: 10) {
                try HostMemory.available()
            }
        default:
            _ = try volumes.drivers[driver]
            throw RPCError.invalid("driver \"\(driver)\" can't say how much room it has")
        }
    }
}

/// Where in the list of volumes a page ended: opaque to those who carry it.
struct PageToken: Hashable, Comparable {
    /// When the volume was made, in seconds from 2001-01-01.
    private let time: Double
    private let id: String

    init(of volume: Volume) {
        time = volume.createdAt.timeIntervalSinceReferenceDate
        id = volume.id
    }

    init(_ text: String) throws(RPCError) {
        guard let (_, digits, id) = text.wholeMatch(of: /([0-9a-f]{16})-([0-9a-f]{64})/)?.output,
            let bits = UInt64(digits, radix: 16), Double(bitPattern: bits).isFinite
        else {
            throw RPCError(
                code: .aborted,
                message: "starting_token is none that pouchd gave: start again without one")
        }
        time = Double(bitPattern: bits)
        self.id = String(id)
    }

    var text: String {
        let digits = String(time.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + "-" + id
    }

    static func < (one: PageToken, other: PageToken) -> Bool {
        (one.time, one.id) < (other.time, other.id)
    }
}

/// The host's memory.
private enum HostMemory {
    /// How much of it programs could have now, in bytes.
    static func available() throws -> Int64 {
        let text = try OpenFile.text(at: "/proc/meminfo")
        guard let line = text.firstMatch(of: /MemAvailable: +([0-9]+) kB/), let size = Int64(line.1)
        else { return 0 }
        return size * 1024
    }
}
