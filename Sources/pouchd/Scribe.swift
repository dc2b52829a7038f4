import Glibc

/// The program that keeps containers' output: it lies beside this one, or where it is installed.
enum Scribe {
    static func path() throws -> String {
        let program = try directoryOfThisProgram()
        let places = [program + "/pouch-scribe", program + "/../libexec/pouch/pouch-scribe"]
        guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
            throw HomeError("no pouch-scribe in \(program): install it beside pouchd")
        }
        return path
    }

    private static func directoryOfThisProgram() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw HomeError("cannot find this program: is /proc mounted?")
        }
        defer { free(path) }
        return String(cString: path).split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }
}
