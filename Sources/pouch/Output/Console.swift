import ArgumentParser
import Glibc

/// Where a command's words go: what was asked for to stdout, everything else to stderr.
enum Console {

    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes what was asked for, as it is.
    static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write($0, to: STDOUT_FILENO) }
    }

    /// Writes a line of what was asked for.
    static func print(_ line: String) throws {
        try write(line + "\n")
    }

    /// Says something that is not what was asked for: a warning, an error.
    static func say(_ sentence: String) {
        var line = "pouch: \(sentence)\n"
        line.withUTF8 { try? write($0, to: STDERR_FILENO) }
    }

    /// Shows something for the moment; nothing keeps it.
    static func show(_ text: String) {
        var text = text
        text.withUTF8 { try? write($0, to: STDERR_FILENO) }
    }

    /// Writes all bytes. When nobody reads any more, there is no use in going on, and nothing to
    /// say: the command ends as one that was ended by SIGPIPE.
    static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: CInt) throws {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EPIPE {
                throw ExitCode(128 + SIGPIPE)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if errno != EINTR {
                throw ConsoleError(errno: errno)
            }
        }
    }
}

/// What was asked for could not be written.
struct ConsoleError: Error, CustomStringConvertible {
    let errno: CInt

    var description: String { "cannot write the output: \(String(cString: strerror(errno)))" }
}
