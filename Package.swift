// swift-tools-version: 6.2
import PackageDescription

/// What every room of ours is compiled with.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A release build has Swift's runtime and libraries inside, so that a program starts in
/// milliseconds and needs no toolchain where it runs. Debug and test builds link them dynamically.
///
/// The archives are what FoundationEssentials itself needs: nothing names them for a static link.
func shipped(_ link: [String] = ["-static-stdlib"], with archives: [String] = [])
    -> [LinkerSetting]
{
    let group = ["FoundationEssentials", "_FoundationCShims", "_FoundationCollections"] + archives
    let libraries = group.map { "-l" + $0 } + ["-lswiftSynchronization"]
    return [
        .unsafeFlags(
            link + ["-Xlinker", "--start-group"] + libraries + ["-Xlinker", "--end-group"],
            .when(configuration: .release))
    ]
}

/// A program that has the C library inside as well: no dynamic linker has a part in its start.
/// Only for one that never asks the C library for hosts, users or groups, which it would look up
/// with shared libraries of its own version.
///
/// The C compiler's start-up code for such programs registers unwind tables, which then are sorted
/// (25 ms) when the main thread ends. It leaves that be where there is no one to register with,
/// and the tables are found by the header that every other program has.
let standalone = shipped(
    ["-static-executable", "-use-ld=lld"]
        + [
            "--eh-frame-hdr", "--defsym=__register_frame_info=0",
            "--defsym=__deregister_frame_info=0",
        ].flatMap { ["-Xlinker", $0] })

let package = Package(
    name: "pouch",
    products: [
        .executable(name: "pouch", targets: ["pouch"]),
        .executable(name: "pouchd", targets: ["pouchd"]),
        .executable(name: "pouch-scribe", targets: ["pouch-scribe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.29.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", "4.0.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // The command line: commands → how to ask → what is said.
        .executableTarget(
            name: "pouch",
            dependencies: [
                "PouchClient", "PouchAPI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict,
            linkerSettings: standalone),
        .target(
            name: "PouchClient",
            dependencies: [
                "PouchAPI",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(name: "PouchAPI", swiftSettings: strict),

        // The daemon put together, and the doors in.
        .executableTarget(
            name: "pouchd",
            dependencies: [
                "EngineServer", "PluginServer", "CSIServer", "PouchAPI", "Containers", "Containerd",
                "Networks", "Volumes", "VolumeModules", "SQLiteStore", "Linux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict,
            linkerSettings: shipped(
                with: [
                    "Foundation", "CoreFoundation", "FoundationInternationalization",
                    "_FoundationICU",
                ])),
        .target(
            name: "EngineServer",
            dependencies: [
                "PouchAPI", "Containers", "Volumes", "Linux",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Servers/EngineServer",
            swiftSettings: strict),
        .target(
            name: "PluginServer",
            dependencies: [
                "Volumes", "Linux",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Servers/PluginServer",
            swiftSettings: strict),

        .target(
            name: "CSIServer",
            dependencies: [
                "CSIAPI", "Volumes", "Linux", "Pings",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(
                    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/Servers/CSIServer",
            swiftSettings: strict),
        .target(
            name: "CSIAPI",
            dependencies: [
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/Generated/CSIAPI",
            exclude: ["proto"]),
        .target(
            name: "Pings",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),

        // Containers: who runs, what they mount; and containerd, which runs them.
        .target(
            name: "Containers",
            dependencies: [
                "Volumes", "Linux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(
            name: "Containerd",
            dependencies: [
                "Containers", "ContainerdAPI", "Linux", "Pings",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(
                    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .target(
            name: "Networks",
            dependencies: [
                "Containers", "Volumes", "Linux",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "ContainerdAPI",
            dependencies: [
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/Generated/ContainerdAPI",
            exclude: ["proto"]),
        .executableTarget(
            name: "pouch-scribe", dependencies: ["CLinux"], swiftSettings: strict,
            linkerSettings: standalone),

        // The engine, what it remembers, and the ways out.
        .target(
            name: "Volumes",
            dependencies: [.product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "Volumes", "Containers", "Linux",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "VolumeModules",
            dependencies: [
                "Volumes", "Linux",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Modules",
            swiftSettings: strict),

        // Linux: Swift faces on system calls and on libarchive.
        .target(
            name: "Linux",
            dependencies: ["CLinux", "CLibArchive"],
            swiftSettings: strict),
        .target(name: "CLinux", path: "Sources/Generated/CLinux"),
        .systemLibrary(
            name: "CLibArchive", path: "Sources/Generated/CLibArchive",
            providers: [.apt(["libarchive-dev"])]),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Volumes", "Linux"], path: "Tests/Support",
            swiftSettings: strict),
        .testTarget(
            name: "ArchitectureTests",
            dependencies: [
                "Linux",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "VolumesTests", dependencies: ["Volumes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "SQLiteStore", "Volumes", "Containers", "Linux", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "VolumeModulesTests",
            dependencies: [
                "VolumeModules", "Volumes", "Linux", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LinuxTests", dependencies: ["Linux", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ContainersTests",
            dependencies: [
                "Containers", "Volumes", "VolumeModules", "Linux", "TestSupport", "pouch-scribe",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ContainerdTests",
            dependencies: [
                "Containerd", "Containers", "Linux", "Pings", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EngineServerTests",
            dependencies: [
                "EngineServer", "PouchAPI", "Volumes", "Containers", "Linux", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PluginServerTests",
            dependencies: [
                "PluginServer", "Volumes", "Linux", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CSIServerTests",
            dependencies: [
                "CSIAPI", "CSIServer", "Linux", "Pings", "TestSupport", "Volumes", "pouchd",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(
                    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "pouchTests",
            dependencies: [
                "pouch", "PouchClient", "PouchAPI", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "pouchdTests",
            dependencies: [
                "pouchd", "VolumeModules", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Linux", "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
