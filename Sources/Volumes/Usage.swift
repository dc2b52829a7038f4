public import FoundationEssentials

/// How full a volume is, and how full it may get. What is nil is not known, or has no limit.
public struct Usage: Hashable, Sendable {
    /// How it was found.
    public enum Method: String, Sendable {
        /// Project quota of ext4 or xfs.
        case quota
        /// A qgroup of btrfs.
        case qgroup
        /// The volume has a filesystem of its own.
        case filesystem
        /// By the objects that hold it.
        case objects
        /// By looking at every file.
        case walk
    }

    /// Bytes.
    public var used: Int64?
    /// Bytes.
    public var limit: Int64?
    public var inodes: Int64?
    public var inodeLimit: Int64?
    public let method: Method
    public let asOf: Date
    /// What the volume is counted and limited in together with others; nil if it is by itself.
    public let pool: String?

    public init(
        used: Int64?, limit: Int64? = nil, inodes: Int64? = nil, inodeLimit: Int64? = nil,
        method: Method, asOf: Date, pool: String? = nil
    ) {
        self.used = used
        self.limit = limit
        self.inodes = inodes
        self.inodeLimit = inodeLimit
        self.method = method
        self.asOf = asOf
        self.pool = pool
    }

    /// How much of its limits is used, of bytes or of inodes, whichever is more: in percent,
    /// rounded down. Nil without a limit.
    public var percent: Int? {
        [Self.percent(used, of: limit), Self.percent(inodes, of: inodeLimit)]
            .compactMap(\.self).max()
    }

    private static func percent(_ used: Int64?, of limit: Int64?) -> Int? {
        guard let used, let limit, limit > 0 else { return nil }
        return Int(
            limit.dividingFullWidth(max(0, min(used, limit)).multipliedFullWidth(by: 100))
                .quotient)
    }
}

/// How much may be in a volume; what is nil has no limit, or is left as it is.
public struct Limits: Hashable, Sendable {
    public var size: ByteCount?
    public var inodes: Int64?

    public init(size: ByteCount? = nil, inodes: Int64? = nil) {
        self.size = size
        self.inodes = inodes
    }
}

/// A size that someone wants a volume to have: `20G`, or `+5G` more than it has.
public enum SizeChange: Hashable, Sendable {
    case to(ByteCount)
    case by(ByteCount)

    public init(_ text: String) throws(VolumeError) {
        guard text.hasPrefix("+") else {
            self = .to(try ByteCount(text))
            return
        }
        do {
            self = .by(try ByteCount(String(text.dropFirst())))
        } catch {
            throw .invalidSize(text)
        }
    }

    /// Nil if that is more than can be counted, or relative to no limit.
    func size(from limit: Int64?) -> ByteCount? {
        switch self {
        case .to(let size): return size
        case .by(let growth):
            guard let limit else { return nil }
            let (sum, overflow) = limit.addingReportingOverflow(growth.bytes)
            return overflow ? nil : ByteCount(bytes: sum)
        }
    }
}

/// A disk that volumes share.
public struct Disk: Hashable, Sendable {
    /// Bytes.
    public let size: Int64
    /// Bytes.
    public let available: Int64

    public init(size: Int64, available: Int64) {
        self.size = size
        self.available = available
    }
}

/// What volumes were promised of the disk that they share.
public struct Commitment: Hashable, Sendable {
    public let disk: Disk
    /// Bytes: the sum of all limits. One that several volumes share counts once.
    public let reserved: Int64
    /// How many volumes have no limit.
    public let unlimited: Int
}
