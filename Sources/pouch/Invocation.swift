import ArgumentParser

/// What was typed, put in the order in which commands read it.
struct Invocation {
    /// The command that is named, and the names that lead to it.
    private var command: any ParsableCommand.Type = Pouch.self
    private var names: [String] = []
    /// What the command is told.
    private var words: [String] = []

    /// Options before the command's name, as in `pouch -H unix:///x volume ls`, are moved behind
    /// it, where each command takes them itself.
    ///
    /// The root has no options of its own: it would take them anywhere, also where they belong to
    /// what runs in a container, as in `pouch run busybox ls -D`.
    init(_ typed: some Collection<String>) {
        var rest = Array(typed)[...]
        words = Self.leadingOptions(of: &rest)
        while let name = rest.first, let next = command.subcommand(named: name) {
            names.append(rest.removeFirst())
            command = next
        }
        words += rest
    }

    /// The command, ready to run.
    ///
    /// It is read on its own, which takes a third of the time that reading it from the root does.
    /// Whatever can't be read is read again from there, for the words to say about it.
    func parsed() async throws -> any ParsableCommand {
        if let command = command as? any AsyncParsableCommand.Type, !names.isEmpty,
            let parsed = try? await command.asyncParseAsRoot(words), type(of: parsed) == command
        {
            return parsed
        }
        return try await Pouch.asyncParseAsRoot(names + words)
    }

    private static func leadingOptions(of rest: inout ArraySlice<String>) -> [String] {
        var options: [String] = []
        while let word = rest.first {
            if ["-D", "--debug"].contains(word) || word.hasPrefix("--host=") {
                options.append(rest.removeFirst())
            } else if ["-H", "--host"].contains(word), rest.count > 1 {
                options += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        return options
    }
}

extension ParsableCommand {
    fileprivate static func subcommand(named name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { command in
            command.configuration.commandName == name
                || command.configuration.aliases.contains(name)
        }
    }
}
