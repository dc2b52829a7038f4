import PouchAPI

/// How large volumes may grow: as was asked for at create, else as much as their driver gives.
struct VolumeLimits {
    private let usual: [String: Int64]

    init(_ drivers: [DriverDescription]) {
        let defaults = drivers.compactMap { driver in
            driver.options.first { $0.name == "size" }?.default.flatMap(Size.bytes)
                .map { (driver.name, $0) }
        }
        usual = Dictionary(defaults) { first, _ in first }
    }

    /// Nil if there is no limit that is known.
    func bytes(of volume: Volume) -> Int64? {
        let asked = ["size", "opt.size", "Size", "opt.Size"].compactMap { volume.options?[$0] }
        return asked.first.flatMap(Size.bytes) ?? usual[volume.driver]
    }
}
