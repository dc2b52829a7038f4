import ArgumentParser
import FoundationEssentials

/// How things are shown in full.
struct InspectOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A Go template such as '{{.Name}}', or json.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

    /// Shows what the daemon says about each name: one JSON array, or with a format one line each.
    ///
    /// What can't be asked is said on stderr; the rest is shown nevertheless.
    func show(_ names: [String], _ ask: @Sendable (String) async throws -> Data) async throws {
        var found: [JSON] = []
        do {
            try await Each.name(of: names) { name in
                found.append(try JSON(reading: await ask(name)))
            }
        } catch {
            try Console.write(text(of: found))
            throw error
        }
        try Console.write(text(of: found))
    }

    func text(of found: [JSON]) throws(TemplateError) -> String {
        switch format {
        case .plain: return JSON.array(found).lines + "\n"
        case .json: return JSON.array(found).line + "\n"
        case .template(let template), .table(let template, _):
            var text = ""
            for value in found { text += try template.fill(with: value) + "\n" }
            return text
        }
    }
}
