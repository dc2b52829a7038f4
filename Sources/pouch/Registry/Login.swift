import ArgumentParser
import Glibc
import PouchAPI
import PouchClient

/// Keeps a name and a password for a registry, once it has let them in.
struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in to a registry, and keep the login for pulls.",
        discussion: """
            The login is kept where docker keeps it: in config.json in ~/.docker, or in the folder \
            that DOCKER_CONFIG names. Whoever can read that file has the password.

            EXAMPLE
              pass registry | pouch login -u team --password-stdin registry.example.com
            """)

    @Option(name: .shortAndLong, help: "The name; asked for unless said.")
    var username: String?

    @Option(name: .shortAndLong, help: "The password; others may see it in the list of processes.")
    var password: String?

    @Flag(name: .customLong("password-stdin"), help: "Read the password from stdin.")
    var readsPassword = false

    @Argument(help: "The registry; docker.io unless said.")
    var registry: String = RegistryLogins.standard

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard !readsPassword || (username != nil && password == nil) else {
            throw ValidationError("--password-stdin goes with --username, and without --password.")
        }
    }

    func run() async throws {
        let logins = try RegistryLogins()
        try logins.checkPlace(for: registry)
        let username = try username ?? Self.ask("Username: ", hidden: false)
        let login = AuthenticationRequest(
            username: username, password: try secret(), serverAddress: registry)
        let answer = try await daemon.client.logIn(login)
        try logins.keep(login, for: registry)
        try Console.print(answer.status)
    }

    private func secret() throws -> String {
        if let password { return password }
        guard readsPassword else { return try Self.ask("Password: ", hidden: true) }
        guard let line = readLine(), !line.isEmpty else {
            throw ValidationError("There is no password on stdin.")
        }
        return line
    }

    private static func ask(_ question: String, hidden: Bool) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("There is nobody to ask: use --username and --password-stdin.")
        }
        Console.show(question)
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        if hidden {
            var quiet = before
            quiet.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        }
        defer {
            if hidden {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
                Console.show("\n")
            }
        }
        guard let answer = readLine(), !answer.isEmpty else {
            throw ValidationError("There is no answer.")
        }
        return answer
    }
}
