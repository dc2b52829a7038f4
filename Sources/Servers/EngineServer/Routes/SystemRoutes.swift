import Containers
import FoundationEssentials
import HTTPTypes
import NIOCore
import PouchAPI
import Volumes

/// What the daemon says about itself.
struct SystemRoutes: Sendable {
    let identity: Identity
    let volumes: VolumeManager
    let containers: ContainerManager

    var routes: [Route] {
        [
            Route(.get, "/_ping") { _ in ping("OK") },
            Route(.head, "/_ping") { _ in ping("OK") },
            Route(.get, "/version", version),
            Route(.get, "/info", info),
        ]
    }

    private func ping(_ text: String) -> Reply {
        var reply = Reply.text(text)
        reply.headers[.cacheControl] = "no-cache, no-store, must-revalidate"
        reply.headers[.pragma] = "no-cache"
        reply.headers[.swarm] = "inactive"
        return reply
    }

    @Sendable private func version(_ call: Call) async throws -> Reply {
        let host = Machine()
        let (newest, oldest) = (APIVersion.newest.description, APIVersion.oldest.description)
        // Docker's own client reads these rather than what stands beside them.
        let details = [
            "ApiVersion": newest, "MinAPIVersion": oldest, "Os": "linux", "Arch": host.architecture,
            "KernelVersion": host.kernel,
        ]
        return try .json(
            Version(
                components: [
                    .init(name: "Engine", version: identity.version, details: details)
                ],
                version: identity.version, apiVersion: newest, minAPIVersion: oldest, os: "linux",
                architecture: host.architecture, kernelVersion: host.kernel))
    }

    @Sendable private func info(_ call: Call) async throws -> Reply {
        let host = Machine()
        var info = SystemInfo()
        info.name = host.name
        info.serverVersion = identity.version
        info.rootDirectory = identity.home
        let all = containers.list()
        info.containers = all.count
        info.containersRunning = all.count(where: \.isRunning)
        info.containersPaused = all.count(where: \.isPaused)
        info.containersRunning -= info.containersPaused
        info.containersStopped =
            info.containers - info.containersRunning - info.containersPaused
        info.images = await containers.imageCount()
        info.volumes = volumes.list().volumes.count
        info.volumeSpace = await volumes.commitment().map { commitment in
            SystemInfo.VolumeSpace(
                size: commitment.disk.size, available: commitment.disk.available,
                reserved: commitment.reserved, unlimited: commitment.unlimited)
        }
        info.driver = "overlayfs"
        info.plugins = .init(volume: volumes.drivers.names, network: networkDrivers)
        info.loggingDriver = "json-file"
        info.cgroupDriver = "cgroupfs"
        info.cgroupVersion = host.hasUnifiedCgroups ? "2" : "1"
        info.defaultRuntime = "runc"
        info.securityOptions = ["name=seccomp,profile=builtin"]
        info.isLiveRestoring = true
        info.systemTime = Timestamp.precise(Date())
        info.os = "linux"
        info.operatingSystem = Host.distribution ?? "Linux"
        info.architecture = host.machine
        info.kernelVersion = host.kernel
        info.processors = host.processors
        info.memory = host.memory
        return try .json(info)
    }

    private var networkDrivers: [String] {
        if case .available = containers.bridge {
            ["bridge", "host", "null"]
        } else {
            ["host", "null"]
        }
    }
}
