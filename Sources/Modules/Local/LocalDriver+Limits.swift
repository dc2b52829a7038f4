import Linux
import Volumes

/// What start-up makes of limits and images that a crash or a reboot left.
extension LocalDriver {
    /// Has every limit hold again as it is remembered, whatever a power cut took.
    func limitAgain(_ volumes: [Volume]) async -> [String] {
        let counted = volumes.filter { volume in
            switch Backing(of: volume) {
            case .project: true
            case .subvolume: Limits(of: volume).size != nil
            case .directory, .image: false
            }
        }
        var report = await reporting {
            try await calls.run("look through \(directory)", on: directory, seconds: 60) {
                counted.filter { given($0) == nil }.compactMap(limitedAgain)
            }
        }
        for volume in counted where given(volume) != nil {
            report += await reporting {
                let path = path(of: volume)
                return try await calls.run("limit \(path)", on: path) {
                    [limitedAgain(volume)].compactMap(\.self)
                }
            }
        }
        return report
    }

    /// What is wrong with the volume's limit, if anything. A directory that is missing is told of
    /// elsewhere.
    private func limitedAgain(_ volume: Volume) -> String? {
        guard let root = try? place(of: volume).check() else { return nil }
        let limits = Limits(of: volume)
        do {
            guard let id = Backing(of: volume).project else {
                try root.limitSubvolume(
                    try root.subvolumeID(), bytes: UInt64(limits.size?.bytes ?? 0))
                return nil
            }
            let project = try root.project()
            if project.id != id || !project.isInherited {
                try Tree.move(root, from: project.id, to: id)
            }
            try limit(project: id, to: limits, on: root)
            guard limits == Limits() || root.projectQuotaState == .enforcing else {
                return "volume \(volume.name): its limit does not hold: mount its filesystem with "
                    + "prjquota"
            }
            return nil
        } catch {
            return "volume \(volume.name): its limit does not hold: \(error)"
        }
    }

    // MARK: Images

    /// Unmounts what nobody uses, and looks at each image that should be there.
    func recoverImages(_ volumes: [Volume], attached: Set<String>) async -> [String] {
        let ours = volumes.compactMap(image)
        var report = await reporting { try await unmountStrangers(beside: attached) }
        report += await reporting { try await quarantineImages(known: Set(ours.map(\.name))) }
        report += await reporting {
            try await calls.run("look through \(images)", on: images, seconds: 60) {
                ours.compactMap { image in
                    do {
                        _ = try image.existingSize()
                        return nil
                    } catch {
                        return "\(error)"
                    }
                }
            }
        }
        return report
    }

    private func unmountStrangers(beside attached: Set<String>) async throws -> [String] {
        try await calls.run("look for mounts below \(mounts)", on: mounts, seconds: 60) {
            let entries = try MountTable().entries(atOrBelow: mounts).filter { entry in
                entry.path != mounts && !attached.contains { entry.path == "\(mounts)/\($0)" }
            }
            for entry in entries.reversed() { try Mounting.unmount(entry.path, lazily: true) }
            guard let places = try? OpenFile(mounts, for: .directory) else { return [] }
            for name in try places.names() where !attached.contains(name) {
                try places.removeDirectory(name)
            }
            return []
        }
    }

    /// A draft was never anybody's; an image that no record names is kept.
    private func quarantineImages(known: Set<String>) async throws -> [String] {
        try await calls.run("look through \(images)", on: images, seconds: 60) {
            let images: OpenFile
            do {
                images = try OpenFile(self.images, for: .directory)
            } catch let error as SystemError where error.isMissing {
                return []
            }
            var report: [String] = []
            for name in try images.names().sorted() where !known.contains(name) {
                if name.hasSuffix(VolumeImage.draftSuffix) {
                    try images.removeFile(name)
                } else {
                    report.append(
                        try move(name, from: images, to: OpenFile(quarantine, for: .directory)))
                }
            }
            return report
        }
    }
}
