import Testing

/// What holds for every file that people write here.
struct SourcesTests {
    @Test func `files stay short enough to read in one go`() throws {
        for file in try SourceFile.ours() + SourceFile.all(in: "Tests") {
            #expect(file.lines.count <= 400, "\(file) has \(file.lines.count) lines")
        }
    }

    /// Foundation itself brings ICU with it, and a command of 40 MB that starts slowly. GRDB needs
    /// it, so pouchd has it all the same.
    @Test func `nothing that ships imports all of Foundation`() throws {
        for file in try SourceFile.ours() where file.imports.contains("Foundation") {
            let isExcused = file.path.hasPrefix("Sources/SQLiteStore/")
            #expect(isExcused, "\(file): use FoundationEssentials")
        }
    }

    @Test func `no task runs outside structured concurrency`() throws {
        for file in try SourceFile.ours() {
            let lines = file.lineNumbers(
                of: /\bTask(?:\.detached|\.immediate)?(?:<.*>)?\s*(?:\(.*\)\s*)?\{/)
            #expect(lines.isEmpty, "\(file): lines \(lines)")
        }
    }

    /// Where the compiler cannot see why something is safe, a comment just above says it. Linux is
    /// where such things belong.
    @Test func `an unchecked promise to the compiler has its reason beside it`() throws {
        for file in try SourceFile.ours() where !file.path.hasPrefix("Sources/Linux/") {
            for number in file.lineNumbers(of: /@unchecked Sendable|nonisolated\(unsafe\)/) {
                let above = file.lines[max(0, number - 2)].drop { $0 == " " }
                #expect(above.hasPrefix("//"), "\(file):\(number)")
            }
        }
    }

    /// Foundation takes a short read for the end, and the kernel's files and pipes give short ones:
    /// it saw the first page of /proc/self/mountinfo.
    @Test func `files are read by what reads them to the end`() throws {
        for file in try SourceFile.ours() + SourceFile.all(in: "Tests") {
            let lines = file.lineNumbers(
                of: /\b(?:Data|String)\(\s*contentsOf|\bcontentsOf[F]ile:|\bcontents\(atPath:/)
            #expect(lines.isEmpty, "\(file): lines \(lines): use OpenFile.text(at:) or bytes(at:)")
        }
    }

    @Test func `no file is a drawer for leftovers`() throws {
        let drawers = ["Util", "Helper", "Common", "Misc", "Shared", "Constants", "Types"]
        for file in try SourceFile.ours() {
            let name = file.path.split(separator: "/").last ?? ""
            #expect(!drawers.contains { name.hasPrefix($0) }, "\(file)")
        }
    }
}
