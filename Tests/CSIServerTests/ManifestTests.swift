import FoundationEssentials
import TestSupport
import Testing

@testable import CSIServer

/// The manifests in docs/csi, as far as they can be checked without an orchestrator.
struct ManifestTests {
    private static let directory =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/csi"

    @Test(arguments: ["kubernetes.yaml", "example.yaml"])
    func `what Kubernetes is given is YAML, and of objects with kinds and names`(
        file: String
    ) throws {
        let script = """
            import sys, yaml
            for object in yaml.safe_load_all(open(sys.argv[1])):
                print(object["kind"], object["metadata"]["name"], object["apiVersion"])
            """
        let objects = try runTool("python3", "-c", script, Self.directory + "/" + file)
        #expect(objects.split(separator: "\n").count >= 3, "\(objects)")
    }

    @Test(arguments: ["kubernetes.yaml", "example.yaml"])
    func `the names in them are ours`(file: String) throws {
        let text = try read(Self.directory + "/" + file)
        #expect(text.contains(CSIServer.name))
        for match in text.matches(of: /topology\.[a-z.]+\/[a-z]+/) {
            #expect(match.output == HostTopology.key)
        }
    }

    @Test(arguments: ["nomad.hcl", "nomad-volume.hcl"])
    func `what Nomad is given has as many ends as beginnings`(file: String) throws {
        let lines = try read(Self.directory + "/" + file).split(separator: "\n")
            .filter { !$0.drop { $0 == " " }.hasPrefix("#") }
        var depth = 0
        for line in lines {
            for character in line {
                if character == "{" { depth += 1 }
                if character == "}" { depth -= 1 }
                #expect(depth >= 0, "\(line)")
            }
            #expect(line.count { $0 == "\"" } % 2 == 0, "\(line)")
        }
        #expect(depth == 0 && lines.count > 10)
    }
}
