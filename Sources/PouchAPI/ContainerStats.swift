/// One sample of what a container uses: `GET /containers/{id}/stats`.
public struct ContainerStats: Codable, Hashable, Sendable {
    public struct Processes: Codable, Hashable, Sendable {
        public var current: UInt64?
        public var limit: UInt64?

        public init(current: UInt64?, limit: UInt64?) {
            self.current = current
            self.limit = limit
        }
    }

    /// Nanoseconds.
    public struct Spent: Codable, Hashable, Sendable {
        public var total_usage: UInt64
        public var usage_in_kernelmode: UInt64
        public var usage_in_usermode: UInt64

        public init(total_usage: UInt64, usage_in_kernelmode: UInt64, usage_in_usermode: UInt64) {
            self.total_usage = total_usage
            self.usage_in_kernelmode = usage_in_kernelmode
            self.usage_in_usermode = usage_in_usermode
        }
    }

    public struct Throttling: Codable, Hashable, Sendable {
        public var periods: UInt64 = 0
        public var throttled_periods: UInt64 = 0
        public var throttled_time: UInt64 = 0

        public init(periods: UInt64 = 0, throttled_periods: UInt64 = 0, throttled_time: UInt64 = 0)
        {
            self.periods = periods
            self.throttled_periods = throttled_periods
            self.throttled_time = throttled_time
        }
    }

    public struct Processors: Codable, Hashable, Sendable {
        public var cpu_usage: Spent
        /// Nanoseconds of all processors together since the host started.
        public var system_cpu_usage: UInt64?
        public var online_cpus: Int?
        public var throttling_data: Throttling

        public init(
            cpu_usage: Spent, system_cpu_usage: UInt64?, online_cpus: Int?,
            throttling_data: Throttling
        ) {
            self.cpu_usage = cpu_usage
            self.system_cpu_usage = system_cpu_usage
            self.online_cpus = online_cpus
            self.throttling_data = throttling_data
        }
    }

    /// Bytes.
    public struct Memory: Codable, Hashable, Sendable {
        public var usage: UInt64?
        public var max_usage: UInt64?
        public var limit: UInt64?
        public var stats: [String: UInt64]

        public init(usage: UInt64?, max_usage: UInt64?, limit: UInt64?, stats: [String: UInt64]) {
            self.usage = usage
            self.max_usage = max_usage
            self.limit = limit
            self.stats = stats
        }
    }

    public struct Transfer: Codable, Hashable, Sendable {
        public var major: UInt64
        public var minor: UInt64
        public var op: String
        public var value: UInt64

        public init(major: UInt64, minor: UInt64, op: String, value: UInt64) {
            self.major = major
            self.minor = minor
            self.op = op
            self.value = value
        }
    }

    public struct Blocks: Codable, Hashable, Sendable {
        public var io_service_bytes_recursive: [Transfer]

        public init(io_service_bytes_recursive: [Transfer]) {
            self.io_service_bytes_recursive = io_service_bytes_recursive
        }
    }

    public struct Network: Codable, Hashable, Sendable {
        public var rx_bytes: UInt64
        public var rx_packets: UInt64
        public var rx_errors: UInt64
        public var rx_dropped: UInt64
        public var tx_bytes: UInt64
        public var tx_packets: UInt64
        public var tx_errors: UInt64
        public var tx_dropped: UInt64

        public init(
            rx_bytes: UInt64, rx_packets: UInt64, rx_errors: UInt64, rx_dropped: UInt64,
            tx_bytes: UInt64, tx_packets: UInt64, tx_errors: UInt64, tx_dropped: UInt64
        ) {
            self.rx_bytes = rx_bytes
            self.rx_packets = rx_packets
            self.rx_errors = rx_errors
            self.rx_dropped = rx_dropped
            self.tx_bytes = tx_bytes
            self.tx_packets = tx_packets
            self.tx_errors = tx_errors
            self.tx_dropped = tx_dropped
        }
    }

    public var id: String
    public var name: String
    /// RFC 3339.
    public var read: String
    /// When the sample before was taken.
    public var preread: String
    public var pids_stats: Processes
    public var cpu_stats: Processors
    public var precpu_stats: Processors
    public var memory_stats: Memory
    public var blkio_stats: Blocks
    /// By interface; nil on the host's network.
    public var networks: [String: Network]?
    public var num_procs: Int

    public init(
        id: String, name: String, read: String, preread: String, pids_stats: Processes,
        cpu_stats: Processors, precpu_stats: Processors, memory_stats: Memory, blkio_stats: Blocks,
        networks: [String: Network]?, num_procs: Int
    ) {
        self.id = id
        self.name = name
        self.read = read
        self.preread = preread
        self.pids_stats = pids_stats
        self.cpu_stats = cpu_stats
        self.precpu_stats = precpu_stats
        self.memory_stats = memory_stats
        self.blkio_stats = blkio_stats
        self.networks = networks
        self.num_procs = num_procs
    }
}
