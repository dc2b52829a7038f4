import FoundationEssentials

/// What a list is narrowed to: for each key the values that are asked for.
public typealias Filters = [String: [String]]

extension Target {
    /// Adds filters as the daemon reads them, in a stable order.
    func adding(_ filters: Filters) throws -> Target {
        guard !filters.isEmpty else { return self }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return adding("filters", String(decoding: try encoder.encode(filters), as: UTF8.self))
    }
}
