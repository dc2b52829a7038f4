import Glibc

/// A small program that runs first in a container, starts the container's own, hands signals on to
/// it and reaps what it leaves.
public struct InitProgram: Sendable {
    let path: String

    /// Where a container sees it.
    static let destination = "/sbin/docker-init"

    /// Statically linked ones: a container need not have the host's libraries.
    private static let places = [
        "/usr/bin/tini-static", "/usr/bin/docker-init", "/usr/libexec/docker/docker-init",
        "/usr/local/bin/docker-init",
    ]

    public static func found() throws(ContainerError) -> InitProgram {
        try found(in: places)
    }

    static func found(in places: [String]) throws(ContainerError) -> InitProgram {
        for path in places where access(path, X_OK) == 0 {
            return InitProgram(path: path)
        }
        throw .invalidRequest(
            "--init needs an init program, and this host has none: install the package tini "
                + "(apt-get install tini), or leave --init out")
    }
}

extension RuntimeSpecification {
    mutating func begin(with program: InitProgram) {
        process.args = [InitProgram.destination, "--"] + process.args
        mounts.append(
            Mount(
                destination: InitProgram.destination, type: "bind", source: program.path,
                options: ["bind", "ro", "rprivate"]))
    }
}
