import Glibc
import TestSupport
import Testing

@testable import pouch

struct NamedFileTests {
    @Test func `variables in a pipe are read to the last`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory + "/pipe"
            mkfifo(pipe, 0o600)
            // Only so that one read can't get it all.
            try runTool(
                "sh", "-c", "exec > /dev/null 2>&1; (echo A=1; sleep 0.1; echo B=2) > \(pipe) &")
            #expect(try Environment.entries(given: [], inFiles: [pipe]) == ["A=1", "B=2"])
        }
    }

    @Test func `a file that can't be read is named, with the reason`() {
        #expect(
            performing: { try Environment.entries(given: [], inFiles: ["/none/env"]) },
            throws: { "\($0)" == "cannot read the file /none/env: No such file or directory" })
    }
}
