import Linux
import Volumes

/// Fills volumes in which others may write meanwhile.
///
/// What comes from an image is a draft until it is whole and durable; then it gets another name, and
/// from there on it is moved up, piece by piece, by whoever has to finish that.
extension TarPorter {
    private static let drafted = ".pouch-fill"
    private static let whole = ".pouch-fill.whole"

    public func draft(_ path: String) async throws -> String {
        try await Blocking.run("fill \(path)", stalledFor: Self.seconds) { pulse in
            try Self.stage(Self.drafted, in: path, pulse)
            return "\(path)/\(Self.drafted)"
        }
    }

    public func promote(_ path: String) async throws {
        try await Blocking.run("settle \(path)", seconds: 300) {
            let root = try OpenFile(path, for: .directory)
            try root.syncFilesystem()
            try root.rename(Self.drafted, to: root, as: Self.whole, .replace)
            try root.sync()
        }
        step("populate.whole")
        try await settle(path)
    }

    public func settle(_ path: String) async throws {
        try await Blocking.run("settle \(path)", stalledFor: Self.seconds) { [step] pulse in
            let root = try OpenFile(path, for: .directory)
            if try root.status(of: Self.drafted) != nil {
                try Tree.remove("\(path)/\(Self.drafted)", pulse: pulse)
            }
            guard try root.status(of: Self.whole) != nil else { return }
            let whole = try root.open(Self.whole, for: .directory)
            let status = try whole.status()
            try whole.moveEntries(to: root, pulse: pulse) { step("populate.moved") }
            try Archiving.dress(root, as: whole, at: status)
            // What is left of it is what somebody else had put there before.
            try Tree.remove("\(path)/\(Self.whole)", pulse: pulse)
            // Once more: its time was when the last entry came and went.
            try Archiving.dress(root, as: whole, at: status)
            try root.syncFilesystem()
        }
    }
}
