import Linux
import Synchronization
public import Volumes

extension CephDriver: Reporting {
    /// The image, what it began as, who has it, and its size in bytes.
    public func status(of volume: Volume, walking: Bool) async throws -> [String: String] {
        let place = try place(of: volume)
        let mapping = mapping(of: volume)
        var status = ["Image": place.description, "Pool": place.pool]
        let here = try await local("look at \(mapping.mountPoint)", mapping) {
            try (choice: mapping.choice, isMounted: mapping.isMounted, isWhole: mapping.isWhole)
        }
        status["Mounted"] = "\(here.isMounted)"
        status["Mapper"] = here.choice?.mapper.name
        status["MapperReason"] = here.choice?.reason
        if here.isMounted, !here.isWhole {
            status["Trouble"] =
                "what mapped the image here ended: containers see errors until all of them are "
                + "stopped and started"
        }
        status["Base"] = volume.handle["base"]
        if place.isReadOnly { status["Access"] = "read-only" }
        if let other = held.withLock({ $0[volume.id]?.lostTo }) { status["LostTo"] = other }
        let asked = try await ask("look at \(place)", place) { [self] pool, _ in
            let image = try pool.image(place.image, readOnly: true)
            let lease = CephLease(pool, image: try image.id, host: try host())
            var found = ["Size": "\(try image.size)"]
            found["Holder"] = try lease.holder().map(\.description)
            found["Clients"] = try image.watchers().map(\.address).joined(separator: ", ")
            return found
        }
        return status.merging(asked) { $1 }
    }
}
