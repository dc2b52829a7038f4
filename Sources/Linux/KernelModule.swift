import Glibc

/// A part of the kernel that may have to be loaded first.
public struct KernelModule: Sendable {
    public let name: String
    /// What is in /sys as soon as the kernel has it.
    private let sign: String
    private let settings: [String]

    private static let seconds: UInt64 = 20

    /// - Parameter settings: For the module if it is loaded by us: `nbds_max=64`.
    public init(_ name: String, sign: String, settings: [String] = []) {
        self.name = name
        self.sign = sign
        self.settings = settings
    }

    /// Whether the kernel has it now.
    public var isThere: Bool { access(sign, F_OK) == 0 }

    /// Whether the kernel has it, after it was asked to load it. Blocks.
    public func load() throws(SystemError) -> Bool {
        guard !isThere, let program = Self.program else { return isThere }
        let loading = try DetachedProcess(
            program, arguments: ["-q", name] + settings, environment: [:], output: "/dev/null")
        let end = MonotonicClock.now + Self.seconds * MonotonicClock.second
        while loading.isRunning, MonotonicClock.now < end { usleep(5000) }
        return isThere
    }

    private static var program: String? {
        ["/sbin/modprobe", "/usr/sbin/modprobe"].first { access($0, X_OK) == 0 }
    }
}
