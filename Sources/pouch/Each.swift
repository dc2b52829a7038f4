import ArgumentParser

/// Does one thing after the other, each of which may fail without holding up the rest.
enum Each {
    /// Says what failed and, at the end, fails if anything did.
    static func name(
        of names: [String], _ act: (String) async throws -> Void
    ) async throws {
        var failed = false
        for name in names {
            do {
                try await act(name)
            } catch let code as ExitCode {
                throw code
            } catch {
                Console.say("\(error)")
                failed = true
            }
        }
        if failed { throw ExitCode.failure }
    }
}
