import Volumes

/// Which mapper an image gets, and why.
struct MapperChoice: Sendable {
    let mapper: any Mapper
    /// A sentence part.
    let reason: String

    /// From the one that costs least to the one that needs least.
    static let all: [any Mapper] = [KernelMapper(), NBDMapper(), QemuMapper()]

    static func mapper(named name: String) -> (any Mapper)? { all.first { $0.name == name } }

    init(_ mapper: any Mapper, reason: String) {
        self.mapper = mapper
        self.reason = reason
    }

    /// The one that was asked for, or the first that works on this host; throws what is missing if
    /// there is none.
    init(
        asked: (any Mapper)?, features: UInt64, among mappers: [any Mapper] = Self.all
    ) throws {
        if let asked {
            try asked.check(features: features)
            self.init(asked, reason: "mapper=\(asked.name) was asked for")
            return
        }
        var complaints: [String] = []
        for mapper in mappers {
            do {
                try mapper.check(features: features)
                let reasons = [mapper.merit] + complaints
                self.init(mapper, reason: reasons.joined(separator: "; "))
                return
            } catch {
                complaints.append("\(mapper.name): \(Self.reason(of: error))")
            }
        }
        throw VolumeError.storage(
            action: "map Ceph images", reason: complaints.joined(separator: "; "))
    }

    private static func reason(of error: any Error) -> String {
        guard case VolumeError.storage(_, let reason) = error else { return "\(error)" }
        return reason
    }
}
