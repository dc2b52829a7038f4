import CLinux
import Glibc

/// Interfaces of this host.
public enum NetworkInterface {
    public static func exists(_ name: String) -> Bool { if_nametoindex(name) != 0 }

    /// Removes a bridge, if there is one of that name.
    public static func removeBridge(_ name: String) throws(SystemError) {
        guard exists(name) else { return }
        try answered("remove bridge", name) { name.withCString { clinux_remove_bridge($0) } }
    }
}
