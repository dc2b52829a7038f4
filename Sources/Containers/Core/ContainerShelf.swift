/// All containers in memory, indexed for the questions that are asked often.
struct ContainerShelf {
    private var containers: [ContainerID: Container] = [:]
    /// Names that are taken, also by containers that are just being made.
    private var names: [String: ContainerID] = [:]
    private var runs: [ContainerID: Int] = [:]

    subscript(id: ContainerID) -> Container? { containers[id] }

    /// The newest first.
    var all: [Container] {
        containers.values.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// By id, name or the unambiguous beginning of an id.
    func find(_ reference: String) throws(ContainerError) -> Container {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        let id = ContainerID(reference) ?? names[name]
        if let found = id.flatMap({ containers[$0] }) { return found }
        guard !reference.isEmpty else { throw .noSuchContainer(reference) }
        let matches = containers.keys.filter { $0.description.hasPrefix(reference) }
        guard matches.count < 2 else { throw .ambiguousContainer(reference) }
        guard let found = matches.first.flatMap({ containers[$0] }) else {
            throw .noSuchContainer(reference)
        }
        return found
    }

    func isFree(_ name: String) -> Bool { names[name] == nil }

    mutating func take(_ name: String, for id: ContainerID) throws(ContainerError) {
        if let holder = names[name], holder != id { throw .nameTaken(name, by: holder) }
        names[name] = id
    }

    mutating func free(_ name: String, of id: ContainerID) {
        if names[name] == id { names[name] = nil }
    }

    mutating func put(_ container: Container) {
        containers[container.id] = container
        names[container.name] = container.id
    }

    mutating func drop(_ id: ContainerID, name: String) {
        containers[id] = nil
        runs[id] = nil
        if names[name] == id { names[name] = nil }
    }

    /// How many runs of a container have ended since the daemon started.
    func endedRuns(of id: ContainerID) -> Int { runs[id] ?? 0 }

    mutating func countRun(of id: ContainerID) { runs[id, default: 0] += 1 }

    /// The containers that were made from an image, or show it at one of their paths.
    func users(ofImage id: String) -> [Container] {
        all.filter { container in
            container.imageID == id
                || container.mounts.contains { $0.kind == .image && $0.source == id }
        }
    }
}
