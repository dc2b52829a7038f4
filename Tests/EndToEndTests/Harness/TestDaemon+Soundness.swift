import FoundationEssentials
import TestSupport
import Testing

/// What must hold whenever nothing is under way, whatever happened before.
extension TestDaemon {
    /// Volumes are what their directories are, mounts and processes belong to containers that run.
    func expectSound(
        mayHaveSetAside: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let recorded = try await recordedDirectories
        #expect(directories == recorded, "directories, and records", sourceLocation: sourceLocation)
        let running = try await runningContainers
        try await expectOnly(running, sourceLocation)
        for stray in entries("quarantine") {
            #expect(mayHaveSetAside, "set aside: \(stray)", sourceLocation: sourceLocation)
            try FileManager.default.removeItem(atPath: "\(home)/quarantine/\(stray)")
        }
        do {
            try await eventually("the trash is empty") { entries("trash").isEmpty }
        } catch {
            Issue.record("left in the trash: \(entries("trash"))", sourceLocation: sourceLocation)
        }
    }

    /// What is left of a container that ended may take a moment to go.
    private func expectOnly(
        _ running: Set<String>, _ sourceLocation: SourceLocation
    ) async throws {
        var strays: [String] = []
        do {
            try await eventually("nothing is left of containers that ended", within: .seconds(15)) {
                strays = try await strayMounts(beside: running) + strayProcesses(beside: running)
                return strays.isEmpty
            }
        } catch {
            Issue.record("left over: \(strays)", sourceLocation: sourceLocation)
        }
    }

    private func entries(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(home)/\(directory)")) ?? []
    }

    /// Names of the volumes that should have a directory among ours.
    private var recordedDirectories: Set<String> {
        get async throws {
            let volumes = try await ask("GET", "/volumes").json["Volumes"].array ?? []
            return Set(
                volumes.compactMap { volume in
                    volume["Mountpoint"].string.flatMap {
                        $0.hasPrefix(home + "/volume/") ? volume["Name"].string : nil
                    }
                })
        }
    }

    private var runningContainers: Set<String> {
        get async throws {
            let containers = try await ask("GET", "/containers/json").json.array ?? []
            return Set(containers.compactMap { $0["Id"].string })
        }
    }

    /// Mounts that no running container accounts for.
    private func strayMounts(beside running: Set<String>) async throws -> [String] {
        var used: Set<String> = []
        for container in running {
            let mounts = try await ask("GET", "/containers/\(container)/json").json["Mounts"].array
            used.formUnion(mounts?.compactMap { $0["Source"].string } ?? [])
        }
        return (MountEntry.under(state) + MountEntry.under(home)).map(\.place).filter { place in
            place != home && !used.contains(place) && !running.contains { place.contains($0) }
        }
    }

    /// Processes besides the daemons' own that no running container accounts for.
    private func strayProcesses(beside running: Set<String>) -> [String] {
        let all = ProcessEntry.belonging(to: root)
        let shims = all.filter { $0.words.first?.contains("shim") == true }
        let scribes = all.filter { $0.words.first?.hasSuffix("pouch-scribe") == true }
        let strays = shims.filter { shim in !running.contains { shim.words.contains($0) } }
        let rooted = running.isEmpty ? all.filter { ProcessEntry.isRooted($0.id, in: root) } : []
        return (strays + scribes.dropFirst() + rooted).map(\.description)
    }
}
