/// Answers `GET /containers/{id}/top`: the processes of a container, as the host sees them.
public struct ContainerTop: Codable, Hashable, Sendable {
    public var titles: [String]
    /// One row for each process, in the order of the titles.
    public var processes: [[String]]

    public init(titles: [String], processes: [[String]]) {
        self.titles = titles
        self.processes = processes
    }

    private enum CodingKeys: String, CodingKey {
        case titles = "Titles"
        case processes = "Processes"
    }
}
