import Glibc

/// The programs under test, as the build left them beside the test bundle.
enum Built {
    static let pouch = directory + "/pouch"
    static let pouchd = directory + "/pouchd"

    /// The checkout that this was compiled from.
    static let repository: String = {
        let components = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return components.dropLast(4).joined(separator: "/")
    }()

    private static let directory: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "." }
        defer { free(path) }
        return String(cString: path).split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
    }()
}
