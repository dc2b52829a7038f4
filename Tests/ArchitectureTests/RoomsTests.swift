import FoundationEssentials
import Linux
import SystemPackage
import Testing

/// The map that ARCHITECTURE.md draws, held against Package.swift.
struct RoomsTests {
    /// Which room may use which. An arrow that is not here needs a reason and a line in
    /// ARCHITECTURE.md.
    private let arrows: [String: Set<String>] = [
        "pouch": ["PouchClient", "PouchAPI"],
        "PouchClient": ["PouchAPI"],
        "PouchAPI": [],
        "pouchd": [
            "EngineServer", "PluginServer", "CSIServer", "PouchAPI", "Containers", "Containerd",
            "Volumes", "VolumeModules", "SQLiteStore", "Linux", "Networks",
        ],
        "EngineServer": ["PouchAPI", "Containers", "Volumes", "Linux"],
        "PluginServer": ["Volumes", "Linux"],
        "CSIServer": ["CSIAPI", "Volumes", "Linux", "Pings"],
        "CSIAPI": [],
        "Pings": [],
        "Containers": ["Volumes", "Linux"],
        "Containerd": ["Containers", "ContainerdAPI", "Linux", "Pings"],
        "Networks": ["Containers", "Volumes", "Linux"],
        "ContainerdAPI": [],
        "pouch-scribe": ["CLinux"],
        "Volumes": [],
        "SQLiteStore": ["Volumes", "Containers", "Linux"],
        "VolumeModules": ["Volumes", "Linux"],
        "Linux": ["CLinux", "CLibArchive"],
        "CLinux": [],
        "CLibArchive": [],
    ]

    /// Products that belong to few rooms, so that HTTP, SQL and gRPC stay behind one door each.
    private let homes: [String: Set<String>] = [
        "ArgumentParser": ["pouch", "pouchd"],
        "HummingbirdCore": ["EngineServer", "PluginServer"],
        "HTTPTypes": ["EngineServer", "PluginServer"],
        "GRDB": ["SQLiteStore"],
        "GRPCCore": ["Containerd", "ContainerdAPI", "CSIServer", "CSIAPI"],
        "GRPCProtobuf": ["Containerd", "ContainerdAPI", "CSIAPI"],
        "GRPCNIOTransportHTTP2Posix": ["Containerd", "CSIServer"],
        "SwiftProtobuf": ["Containerd", "ContainerdAPI", "CSIServer", "CSIAPI"],
        "AsyncHTTPClient": ["Containerd", "VolumeModules"],
        "Crypto": ["Containerd", "VolumeModules", "CSIServer"],
    ]

    @Test func `rooms use only the rooms that the architecture allows`() async throws {
        let package = try await PackageMap.load()
        #expect(Set(package.rooms.map(\.name)) == Set(arrows.keys))
        for room in package.rooms {
            #expect(room.usedRooms == arrows[room.name], "\(room.name)")
        }
    }

    @Test func `a library for one job is used in its room only`() async throws {
        for room in try await PackageMap.load().rooms {
            for product in room.usedProducts {
                #expect(
                    homes[product]?.contains(room.name) != false,
                    "\(room.name) must not use \(product)")
            }
        }
    }

    @Test func `files import only what their room may use`() async throws {
        let rooms = try await PackageMap.load().rooms
        let names = Set(rooms.map(\.name)).union(homes.keys)
        for room in rooms where !room.isGenerated {
            let allowed = room.usedRooms.union(room.usedProducts)
            for file in try SourceFile.all(in: room.folder) {
                let strangers = file.imports.intersection(names).subtracting(allowed)
                #expect(strangers.isEmpty, "\(file) imports \(strangers.sorted())")
            }
        }
    }

    @Test func `the engine knows no HTTP, no SQL and no system calls`() throws {
        let allowed: Set = ["FoundationEssentials", "Foundation", "Logging", "Synchronization"]
        for file in try SourceFile.all(in: "Sources/Volumes") {
            let strangers = file.imports.subtracting(allowed)
            #expect(strangers.isEmpty, "\(file) imports \(strangers.sorted())")
        }
    }

    @Test func `every room is in ARCHITECTURE.md with its folder`() async throws {
        let page = try OpenFile.text(at: PackageMap.root.appending("ARCHITECTURE.md").string)
        for room in try await PackageMap.load().rooms {
            #expect(page.contains("| \(room.name) | `\(room.folder)` |"), "\(room.name)")
        }
    }
}
