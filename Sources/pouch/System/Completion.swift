import ArgumentParser

/// Prints what makes a shell complete pouch's words.
struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script that completes pouch's words in a shell.",
        discussion: """
            EXAMPLE
              pouch completion bash > /etc/bash_completion.d/pouch
              pouch completion fish > ~/.config/fish/completions/pouch.fish
            """)

    /// The shells that are understood.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        try Console.print(Pouch.completionScript(for: script))
    }

    private var script: CompletionShell {
        switch shell {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        }
    }
}
