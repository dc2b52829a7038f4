import Glibc

/// What did not work, and why.
struct Failure: Error, CustomStringConvertible {
    let description: String

    /// A system call that just failed.
    init(_ call: String, _ path: String = "", errno number: Int32 = Glibc.errno) {
        let action = path.isEmpty ? call : "\(call) \(path)"
        description = "\(action): \(String(cString: strerror(number)))"
    }

    init(_ what: String, because reason: String) {
        description = "\(what): \(reason)"
    }
}
