import ArgumentParser

/// What was typed, put in the order in which commands read it.
enum Invocation {
    /// Options before the command's name, as in `pouch -H unix:///x volume ls`, are moved behind
    /// it, where each command takes them itself.
    ///
    /// The root has no options of its own: it would take them anywhere, also where they belong to
    /// what runs in a container, as in `pouch run busybox ls -D`.
    static func arguments(of typed: some Collection<String>) -> [String] {
        var rest = Array(typed)[...]
        let options = leadingOptions(of: &rest)
        let names = commandNames(of: &rest)
        return names.isEmpty ? options + rest : names + options + rest
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

    private static func commandNames(of rest: inout ArraySlice<String>) -> [String] {
        var names: [String] = []
        var command: any ParsableCommand.Type = Pouch.self
        while let name = rest.first, let next = command.subcommand(named: name) {
            names.append(rest.removeFirst())
            command = next
        }
        return names
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
