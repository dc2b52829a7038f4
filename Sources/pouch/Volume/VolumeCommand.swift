import ArgumentParser

/// What concerns volumes.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Create, list and remove volumes.",
        discussion: """
            EXAMPLE
              pouch volume create --driver tmpfs --option size=64m scratch
              pouch volume ls
            """,
        subcommands: [
            VolumeCreate.self, VolumeDetach.self, VolumeExport.self, VolumeImport.self,
            VolumeInspect.self, VolumeList.self, VolumePrune.self, VolumeRemove.self,
            VolumeUpdate.self,
        ])
}
