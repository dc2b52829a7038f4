import Containers
import FoundationEssentials

/// The rules of this host's that let a bridge's containers through.
struct Firewall: Sendable {
    let bridge: String

    /// A host may drop what it forwards unless somebody says otherwise: docker sees to that.
    private var rules: [[String]] {
        [
            ["-i", bridge, "-m", "comment", "--comment", "pouch", "-j", "ACCEPT"],
            [
                "-o", bridge, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED,DNAT", "-m",
                "comment", "--comment", "pouch", "-j", "ACCEPT",
            ],
            [
                "-i", bridge, "-o", bridge, "-m", "comment", "--comment", "pouch", "-j", "ACCEPT",
            ],
        ]
    }

    func open() async throws {
        for rule in rules where try await !has("FORWARD", rule) {
            let outcome = try await iptables(["-I", "FORWARD"] + rule)
            guard outcome.isSuccess else {
                throw ContainerError.runtime(
                    action: "let containers through to \(bridge)", reason: outcome.errors)
            }
        }
    }

    func close() async throws {
        for rule in rules {
            while try await iptables(["-D", "FORWARD"] + rule).isSuccess {}
        }
        try await removeIdlePortChains()
    }

    private func has(_ chain: String, _ rule: [String]) async throws -> Bool {
        try await iptables(["-C", chain] + rule).isSuccess
    }

    /// The portmap plugin leaves its chains when the last port is gone; others may use them too.
    private func removeIdlePortChains() async throws {
        let listed = try await iptables(["-t", "nat", "-S"])
        guard listed.isSuccess else { return }
        let lines = listed.output.split(separator: "\n")
        let forwards = "CNI-HOSTPORT-DNAT"
        guard lines.contains("-N \(forwards)"),
            !lines.contains(where: { $0.hasPrefix("-A \(forwards) ") })
        else { return }
        let chains = [forwards, "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK"]
        for line in lines where chains.contains(where: { line.hasSuffix(" -j \($0)") }) {
            guard line.hasPrefix("-A ") else { continue }
            _ = try await iptables(["-t", "nat", "-D"] + Self.words(line.dropFirst(3)))
        }
        for chain in chains where lines.contains("-N \(chain)") {
            _ = try await iptables(["-t", "nat", "-F", chain])
        }
        for chain in chains where lines.contains("-N \(chain)") {
            _ = try await iptables(["-t", "nat", "-X", chain])
        }
    }

    /// A line of iptables' own, in which a comment may be in quotes.
    static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        for (index, part) in line.split(separator: "\"", omittingEmptySubsequences: false)
            .enumerated()
        {
            if index % 2 == 1 {
                words.append(String(part))
            } else {
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }

    private func iptables(_ words: [String]) async throws -> Tool.Outcome {
        guard let program = Tool.find("iptables") else {
            throw ContainerError.invalidRequest(BridgeNetworks.remedy)
        }
        // Another may hold the tables for a moment.
        return try await Tool.run(program, ["-w", "30"] + words)
    }
}
