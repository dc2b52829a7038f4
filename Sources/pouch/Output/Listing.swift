/// A list on its way out: what there is, in rows, and how each field looks in a table.
struct Listing {
    /// A field as a table shows it.
    struct Column {
        let header: String
        let field: String
        /// What stands in the cell, if it isn't the field's value as it is.
        var cell: (@Sendable (JSON) -> String)?
    }

    /// What the plain table shows.
    let columns: [Column]
    /// One object each, with all fields that templates can ask for; a plain table needs no more
    /// than its columns'.
    let rows: [JSON]

    func text(as format: Format) throws(TemplateError) -> String {
        switch format {
        case .plain:
            return Table.text([columns.map(\.header)] + rows.map(cells))
        case .json:
            return rows.map { $0.line + "\n" }.joined()
        case .template(let template):
            var text = ""
            for row in rows { text += try template.fill(with: row) + "\n" }
            return text
        case .table(let template, let headers):
            var lines = [headers.map(header)]
            for row in rows { lines.append(try cells(in: template.fill(with: row))) }
            return Table.text(lines)
        }
    }

    private func cells(of row: JSON) -> [String] {
        columns.map { $0.cell?(row) ?? row[$0.field]?.words ?? "" }
    }

    private func cells(in line: String) -> [String] {
        line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

    /// A field's header; for one that the plain table doesn't show its name, in its words.
    private func header(of field: String) -> String {
        if let column = columns.first(where: { $0.field == field }) { return column.header }
        var words = ""
        for character in field {
            if character.isUppercase, words.last?.isLowercase == true { words += " " }
            words.append(character)
        }
        return words.uppercased()
    }
}
