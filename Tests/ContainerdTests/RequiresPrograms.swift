import Containerd
import Glibc
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where a program is missing, naming it and what installs it.
    static func requires(_ programs: String...) -> Self {
        let missing = programs.filter { program in
            !ContainerdSettings.defaultSearchPath.split(separator: ":").contains {
                access("\($0)/\(program)", X_OK) == 0
            }
        }
        let packages = missing.map { $0.hasPrefix("containerd") ? "containerd" : $0 }
        return .enabled(
            if: missing.isEmpty,
            "needs \(missing.joined(separator: ", ")): apt-get install \(packages.joined(separator: " "))"
        )
    }

    static var requiresContainerd: Self {
        .requires("containerd", "containerd-shim-runc-v2", "runc", "busybox")
    }
}
