import ArgumentParser
import Glibc
import PouchClient

/// Copies files between a container and this host.
struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container, running or not, and this host.",
        discussion: """
            One of the two is CONTAINER:PATH. With - instead of the other, a tar archive goes to \
            stdout or comes from stdin. A source that ends in /. means what is in the directory.

            EXAMPLE
              pouch cp web:/etc/nginx/nginx.conf .
              pouch cp site/. web:/usr/share/nginx/html
            """)

    @Flag(name: .shortAndLong, help: "Keep owners, or give what is copied in to its user.")
    var archive = false

    @Flag(name: [.customShort("L"), .long], help: "Copy what a symlink leads to, not the symlink.")
    var followLink = false

    @Flag(name: .shortAndLong, help: .hidden)
    var quiet = false

    @Argument(help: "What is copied: PATH or CONTAINER:PATH.", completion: .file())
    var source: String

    @Argument(help: "Where to: PATH or CONTAINER:PATH.", completion: .file())
    var destination: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let from = CopyEnd(source)
        let to = CopyEnd(destination)
        let client = try daemon.client
        switch (from.container, to.container) {
        case (let container?, nil):
            let copy = CopyOut(client: client, container: container, keepsOwners: archive)
            try await copy.run(from.path, to: to.path, following: followLink)
        case (nil, let container?):
            let copy = CopyIn(client: client, container: container, ownedByUser: archive)
            try await copy.run(from.path, to: to.path, following: followLink)
        case (nil, nil):
            throw ValidationError("Neither is in a container: write one as CONTAINER:PATH.")
        case (_?, _?):
            throw ValidationError("Both are in containers: copy to this host first.")
        }
    }
}

/// One side of a copy.
private struct CopyEnd {
    let container: String?
    let path: String

    /// What begins with `/` or `.` is a path of this host, whatever colons it has.
    init(_ text: String) {
        let name = text.prefix { $0 != ":" }
        guard name.count < text.count, !name.isEmpty, !text.hasPrefix("/"), !text.hasPrefix(".")
        else {
            (container, path) = (nil, text)
            return
        }
        container = String(name)
        path = String(text.dropFirst(name.count + 1))
    }
}
