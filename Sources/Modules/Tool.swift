import FoundationEssentials
import Subprocess
import SystemPackage
import Volumes

/// A program of the host's that makes, checks or grows filesystems.
struct Tool: Sendable {
    let name: String
    /// The Debian package that has it.
    let package: String

    private static let places = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"]

    /// Runs it to its end; throws what it complained of, or that it took too long.
    ///
    /// - Parameter accepted: The statuses that mean success.
    func run(_ arguments: [String], seconds: Int, accepted: Set<Int32> = [0]) async throws {
        let path = try found()
        let status = try await withThrowingTaskGroup(of: (TerminationStatus, String)?.self) {
            group in
            group.addTask {
                let result = try await Subprocess.run(
                    .path(FilePath(path)), arguments: Arguments(arguments),
                    environment: .custom(["PATH": Self.places.joined(separator: ":")]),
                    output: .discarded, error: .string(limit: 8192))
                return (result.terminationStatus, result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            // Cancelling the group kills the program.
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let (status, errors) = status else {
            throw VolumeError.timedOut("\(name) \(arguments.last ?? "")", seconds: seconds)
        }
        if case .exited(let code) = status, accepted.contains(code) { return }
        throw VolumeError.storage(action: "\(name) \(arguments.last ?? "")", reason: errors.line)
    }

    private func found() throws(VolumeError) -> String {
        for place in Self.places
        where FileManager.default.isExecutableFile(atPath: "\(place)/\(name)") {
            return "\(place)/\(name)"
        }
        throw .storage(
            action: "run \(name)",
            reason: "it is not installed: install the package \(package) (apt-get install "
                + "\(package)), or choose another fs=")
    }
}

extension String {
    /// The last line that says something, without control characters.
    fileprivate var line: String {
        let lines = split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        return lines.last.map { $0.filter { !$0.isASCII || $0 >= " " } } ?? "it failed"
    }
}

extension ImageFilesystem {
    /// Makes the filesystem in a file.
    func make(at path: String, size: Int64, inodes: Int64?) async throws {
        let tool = Tool(name: "mkfs.\(rawValue)", package: package)
        let arguments =
            switch self {
            case .ext4:
                // Nothing is kept back for root: the size is the container's. No table is left to
                // be written later, behind the container's back.
                ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
                    + (inodes.map { Self.ext4(size: size, inodes: $0) } ?? [])
            case .xfs: ["-q", "-f", "-K"]
            case .btrfs: ["-q", "-f", "-K"]
            }
        try await tool.run(arguments + [path], seconds: 120)
    }

    /// mkfs rounds what it makes in each group down to eight, and keeps some inodes for itself.
    private static func ext4(size: Int64, inodes: Int64) -> [String] {
        let block: Int64 = size < 512 << 20 ? 1024 : 4096
        let groups = size / (8 * block * block) + 1
        return ["-b", "\(block)", "-N", "\(inodes + 12 + 8 * groups)"]
    }

    /// Grows an ext4 that is not mounted to all of its file; one that has all of it stays.
    func growUnmounted(at path: String) async throws {
        // Status 1 says that what was wrong is right now.
        try await Tool(name: "e2fsck", package: package)
            .run(["-f", "-p", path], seconds: 600, accepted: [0, 1])
        try await Tool(name: "resize2fs", package: package).run([path], seconds: 600)
    }
}
