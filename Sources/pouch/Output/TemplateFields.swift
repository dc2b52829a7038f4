/// Finds what a field path names.
enum TemplateFields {
    /// What stands at `path`; an error that names the field if there can be no such field.
    static func value(at path: [String], in value: JSON) throws(TemplateError) -> JSON {
        var value = value
        var name = ""
        for field in path {
            value = try step(to: field, in: value, called: name)
            name = field
        }
        return value
    }

    private static func step(
        to field: String, in value: JSON, called name: String
    ) throws(TemplateError) -> JSON {
        switch value {
        case .object(let fields):
            if let found = fields[field] { return found }
            guard mayLack(field, in: fields, called: name) else {
                throw .unknownField(field, known: fields.keys.sorted())
            }
            return .null
        case .null:
            return .null
        default:
            throw .noFields(field, of: value.line)
        }
    }

    /// Whether an absent field means that there is nothing to say, not that there is no such field.
    private static func mayLack(
        _ field: String, in fields: [String: JSON], called name: String
    ) -> Bool {
        open.contains(name)
            || optional.contains { fields[$0.sign] != nil && $0.fields.contains(field) }
    }

    /// Objects whose keys people or drivers choose, or that leave out what was not asked for.
    private static let open: Set = [
        "Labels", "Options", "Status", "Volumes", "Tmpfs", "Config", "HostConfig",
    ]

    /// What else may be left out, by a field that tells which kind of object it is.
    private static let optional: [(sign: String, fields: Set<String>)] = [
        ("Mountpoint", ["Status"]), ("Destination", ["Name", "Driver"]),
        ("RepoTags", ["Created"]), ("Meaning", ["Default"]),
    ]
}
