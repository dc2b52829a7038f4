import Glibc

/// A library of functions that is looked for while the program runs: a host may not have it.
///
/// It stays loaded until the program ends.
public struct LoadedLibrary: @unchecked Sendable {
    public let name: String
    private let handle: UnsafeMutableRawPointer

    /// Loads what the system's loader finds by `name`, such as `librados.so.2`.
    public init(_ name: String) throws(SystemError) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw SystemError("load", name, errno: ENOENT, detail: Self.complaint)
        }
        self.name = name
        self.handle = handle
    }

    /// The function of that name; `type` must be what its header declares.
    public func function<Function>(
        _ name: String, as type: Function.Type = Function.self
    ) throws(SystemError) -> Function {
        guard let address = dlsym(handle, name) else {
            throw SystemError("find \(name) in", self.name, errno: ENOSYS, detail: Self.complaint)
        }
        return unsafeBitCast(address, to: type)
    }

    private static var complaint: String? { dlerror().map { String(cString: $0) } }
}
