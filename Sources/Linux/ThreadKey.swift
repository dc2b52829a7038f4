import CLinux

/// A secret that the kernel finds by its name for what the current thread asks, and for nobody
/// else; gone when this ends. Make and end it on one thread.
public struct ThreadKey: ~Copyable {
    private let number: Int32

    /// - Parameter type: Of those that the kernel's modules know, such as `ceph`.
    public init(type: String, name: String, secret: [UInt8]) throws(SystemError) {
        number = try answered("keep the key", name) {
            clinux_thread_key_add(type, name, secret, UInt(secret.count))
        }
    }

    deinit { _ = clinux_thread_key_remove(number) }
}
