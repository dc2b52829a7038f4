/// Which fields of a request that pouchd does nothing for ask for something.
///
/// Docker's clients write out what they leave unsaid: null, false, 0, or nothing in it.
struct OtherFields<Field: CodingKey & CaseIterable>: Decodable {
    let asked: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Field.self)
        asked = try Field.allCases.filter { field in
            guard let worth = try container.decodeIfPresent(Worth.self, forKey: field) else {
                return false
            }
            // No paths at all is what systempaths=unconfined asks for.
            return worth.isSomething || field.stringValue.hasSuffix("Paths")
        }.map(\.stringValue)
    }

    private struct Worth: Decodable {
        let isSomething: Bool

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                isSomething = false
            } else if let flag = try? value.decode(Bool.self) {
                isSomething = flag
            } else if let number = try? value.decode(Double.self) {
                isSomething = number != 0
            } else if let text = try? value.decode(String.self) {
                isSomething = !["", "default"].contains(text)
            } else if let list = try? value.decode([Worth].self) {
                isSomething = !list.isEmpty
            } else {
                isSomething = try !value.decode([String: Worth].self).isEmpty
            }
        }
    }
}

/// Those of `HostConfig`, which changes of a container may ask for as well.
enum OtherHostField: String, CodingKey, CaseIterable {
    case annotations = "Annotations"
    case bytesRead = "BlkioDeviceReadBps"
    case reads = "BlkioDeviceReadIOps"
    case bytesWritten = "BlkioDeviceWriteBps"
    case writes = "BlkioDeviceWriteIOps"
    case weights = "BlkioWeightDevice"
    case cgroup = "Cgroup"
    case realtimePeriod = "CpuRealtimePeriod"
    case realtimeRuntime = "CpuRealtimeRuntime"
    case deviceRules = "DeviceCgroupRules"
    case deviceRequests = "DeviceRequests"
    case isolation = "Isolation"
    case kernelMemory = "KernelMemory"
    case kernelMemoryTCP = "KernelMemoryTCP"
    case maskedPaths = "MaskedPaths"
    case readonlyPaths = "ReadonlyPaths"
}

/// Those that lie beside `HostConfig`.
enum OtherConfigField: String, CodingKey, CaseIterable {
    case macAddress = "MacAddress"
    case networkDisabled = "NetworkDisabled"
}

/// Asks for changes of a container: `POST /containers/{id}/update`.
public struct ContainerUpdateRequest: Decodable, Sendable {
    public let limits: HostLimits
    /// Fields that ask for what pouchd does not do.
    public let others: [String]

    public init(from decoder: any Decoder) throws {
        limits = try HostLimits(from: decoder)
        others = try OtherFields<OtherHostField>(from: decoder).asked
    }
}
