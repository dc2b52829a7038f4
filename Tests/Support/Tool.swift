import Glibc
import Linux

/// Runs a program of the system and returns what it printed; throws with that if it fails.
@discardableResult
public func runTool(_ words: String...) throws -> String {
    try runTool(words[0], Array(words.dropFirst()))
}

/// The same with words that are in a list already.
@discardableResult
public func runTool(_ program: String, _ arguments: [String]) throws -> String {
    let words = [program] + arguments
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { throw TestFailure("pipe: errno \(errno)") }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pipe[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO)
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let result = posix_spawnp(&child, words[0], &actions, nil, &arguments, environ)
    close(pipe[1])
    guard result == 0 else { throw TestFailure("\(words[0]): errno \(result)") }
    let output = readAll(pipe[0])
    var status: Int32 = 0
    guard waitpid(child, &status, 0) == child, status == 0 else {
        throw TestFailure("\(words.joined(separator: " ")): status \(status): \(output)")
    }
    return output
}

private func readAll(_ descriptor: Int32) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return String(decoding: all, as: UTF8.self) }
        all += buffer.prefix(count)
    }
}
