import CSIAPI
import GRPCCore
import Volumes

/// How large a volume is to be, in bytes.
struct Capacity: Hashable, Sendable {
    /// Nil for any size.
    let least: Int64?
    /// Nil for no limit.
    let most: Int64?

    init(_ range: Csi_V1_CapacityRange) throws(RPCError) {
        guard range.requiredBytes >= 0, range.limitBytes >= 0 else {
            throw .invalid("capacity_range: bytes can't be below zero")
        }
        least = range.requiredBytes == 0 ? nil : range.requiredBytes
        most = range.limitBytes == 0 ? nil : range.limitBytes
        guard let least, let most, least > most else { return }
        throw RPCError(
            code: .outOfRange,
            message: "capacity_range: required_bytes \(least) is more than limit_bytes \(most)")
    }

    /// Whether a volume of this size will do; one whose size is not known will for every wish.
    func admits(_ size: Int64?) -> Bool {
        guard let size else { return true }
        return size >= least ?? 0 && size <= most ?? .max
    }

    /// The size to make: what is asked for to the byte, or as little more as the storage can do.
    ///
    /// - Parameter smallest: What the storage can do, in bytes.
    func size(atLeast smallest: Int64) -> ByteCount? {
        guard let wanted = least ?? most else { return nil }
        let size = max(wanted, smallest)
        // What can't be is for the driver to refuse, in its own words.
        return ByteCount(bytes: size <= most ?? .max ? size : wanted)
    }
}

extension Volume {
    /// In bytes; nil if it was given no size.
    var size: Int64? {
        for option in ["size", "opt.size", "Size", "opt.Size"] {
            if let text = options?[option] { return (try? ByteCount(text))?.bytes }
        }
        return nil
    }
}
