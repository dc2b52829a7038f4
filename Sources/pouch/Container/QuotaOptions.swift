import ArgumentParser
import PouchAPI

/// How much of a disk a container may fill, as `run` and `create` read it.
struct QuotaOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How much its own files (/) and its volumes may take: 10g together, /data=10g one, "
                + "/&/data=10g two together, .*=10g each; repeat for more.",
            valueName: "what=size"))
    var diskQuota: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The project that its one disk quota is counted in; -1 for any.", valueName: "number"))
    var quotaID: String?

    func apply(to config: inout ContainerConfig) throws {
        let parts = diskQuota.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var sizes: [String: String] = [:]
        var isBare = false
        for part in parts {
            let text = String(part.filter { $0 != "\"" })
            let (what, size) = try Self.rule(text)
            isBare = isBare || what == nil
            guard sizes.updateValue(size, forKey: what ?? ".*") == nil else {
                throw ValidationError(
                    "--disk-quota \(text): \(what ?? "a bare size") is given twice")
            }
        }
        config.diskQuota = sizes.isEmpty ? nil : sizes
        config.quotaID = quotaID
        // A bare size is for everything together.
        if isBare, sizes.count == 1, ["", "0"].contains(quotaID ?? "") { config.quotaID = "-1" }
    }

    private static func rule(_ text: String) throws -> (what: String?, size: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains("") else {
            throw ValidationError("--disk-quota \(text): write 10g, /data=10g or /&/data=10g")
        }
        return parts.count == 1 ? (nil, parts[0]) : (parts[0], parts[1])
    }
}
