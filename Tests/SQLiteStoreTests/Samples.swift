import Foundation
import Volumes

/// Volumes and references to remember.
enum Samples {
    static func volume(_ name: String, id: String? = nil, claim: String? = nil) throws -> Volume {
        Volume(
            id: id ?? "id-\(name)", name: try VolumeName(name), driver: "local",
            options: ["size": "10G", "mount": "/a=b,c/\"d\"\n\u{1F41F}"],
            labels: ["a": "", "b": "c"],
            createdAt: Date(timeIntervalSince1970: 1_764_000_000.123456), phase: .ready,
            handle: ["device": "1:2"], claim: claim)
    }

    static func reference(_ volume: String, _ owner: String, at destination: String = "/data")
        -> Reference
    {
        Reference(
            volume: "id-\(volume)", owner: .container(owner), destination: destination,
            isAttached: true)
    }
}
