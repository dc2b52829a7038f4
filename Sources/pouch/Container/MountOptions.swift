import ArgumentParser
import PouchAPI

/// What a new container sees besides its image.
struct MountOptions: ParsableArguments {
    @Option(
        name: [.customShort("v", allowingJoined: true), .customLong("volume")],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A volume or a host's directory, and where the container sees it; repeat for more.",
            valueName: "source:destination:mode"))
    var volume: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "The same part by part, for type=volume, bind, tmpfs or image; repeat for more.",
            valueName: "key=value,…"),
        transform: MountWords.request)
    var mount: [MountRequest] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Memory at a path, such as /run:size=64m; repeat for more.", valueName: "path:options"))
    var tmpfs: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A container whose mounts it gets too; repeat for more.", valueName: "container:mode"))
    var volumesFrom: [String] = []

    @Option(help: ArgumentHelp("The driver of volumes that this makes.", valueName: "driver"))
    var volumeDriver: String?

    func apply(to host: inout HostConfig) {
        host.binds = volume.isEmpty ? nil : Bind.all(volume)
        host.mounts = mount.isEmpty ? nil : mount
        host.volumesFrom = volumesFrom.isEmpty ? nil : volumesFrom
        host.volumeDriver = volumeDriver
        guard !tmpfs.isEmpty else { return }
        host.tmpfs = Dictionary(
            tmpfs.map { text in
                let path = text.prefix { $0 != ":" }
                return (String(path), String(text.dropFirst(path.count + 1)))
            }, uniquingKeysWith: { $1 })
    }
}
