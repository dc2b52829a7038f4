import FoundationEssentials
import Glibc
import Linux
import Logging
import TestSupport
import Testing

@testable import Containers

/// What is asked of the scribe, with the real process.
struct ScribeTests {
    private let id = ContainerID.random()

    @Test func `lines are kept with their stream and time, and the end is told`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            try shim(output) { out, err in
                try out.write("one\ntwo\n")
                try err.write("oops\n")
            }
            await bench.scribe.finish(id)
            #expect(try bench.content(output) == Array("one\ntwo\n".utf8))
            #expect(try bench.content(output, .stderr) == Array("oops\n".utf8))
            let times = try bench.log(output).map(\.entry.time)
            #expect(times.count == 3)
            for time in times {
                let format = /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/
                #expect(time.wholeMatch(of: format) != nil)
            }
        }
    }

    @Test func `what has no newline is there at once, and nothing is made up`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            let out = try ShimEnd(output.stdout)
            try out.write("prompt> ")
            try await eventually("a part of a line is kept") {
                try bench.content(output) == Array("prompt> ".utf8)
            }
            try out.write("yes\nrest")
            try await eventually("its rest is kept") {
                try bench.content(output) == Array("prompt> yes\nrest".utf8)
            }
            #expect(try bench.log(output).map(\.isWhole) == [false, true, false])
        }
    }

    @Test func `any bytes are kept as they are`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            var generator = SystemRandomNumberGenerator()
            let bytes = (0..<300_000).map { _ in UInt8.random(in: .min ... .max, using: &generator)
            }
            let zeros = [UInt8](repeating: 0, count: 200_000)
            try shim(output) { out, err in
                try out.write(bytes)
                try err.write(zeros)
            }
            await bench.scribe.finish(id)
            #expect(try bench.content(output) == bytes)
            #expect(try bench.content(output, .stderr) == zeros)
        }
    }

    @Test func `10 MB are kept while nobody is connected`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            // Gone at once, as pouchd is after kill -9.
            try await bench.successor().keep(output, of: id)
            let line = String(repeating: "x", count: 99) + "\n"
            let text = Array(String(repeating: line, count: 1000).utf8)
            try shim(output) { out, _ in
                for _ in 0..<100 { try out.write(text) }
            }
            try await eventually("the scribe is gone") { !bench.isRunning }
            #expect(try bench.content(output) == Array(repeating: text, count: 100).flatMap(\.self))
        }
    }

    @Test func `a new connection takes up what an old one left`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.successor().keep(output, of: id)
            let process = bench.pid
            try await shim(output) { out, _ in
                try out.write("before\n")
                try await bench.scribe.keep(output, of: id)
                try out.write("after\n")
            }
            await bench.scribe.finish(id)
            #expect(bench.pid == process)
            #expect(try bench.content(output) == Array("before\nafter\n".utf8))
        }
    }

    @Test func `killed, it is started again and loses nothing that was not on its way`()
        async throws
    {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            let first = try #require(bench.pid)
            try await shim(output) { out, _ in
                try out.write("one\n")
                try await eventually("it is kept") { try bench.content(output).count == 4 }
                kill(first, SIGKILL)
                try out.write("two\n")
                try await eventually("another one keeps on") {
                    try bench.content(output) == Array("one\ntwo\n".utf8)
                }
                try out.write("three\n")
            }
            await bench.scribe.finish(id)
            #expect(bench.pid != first)
            #expect(try bench.content(output) == Array("one\ntwo\nthree\n".utf8))
        }
    }

    @Test func `half an entry that a crash left is taken away`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            let whole = "2026-01-31T23:59:58.000000000Z stdout F whole\n"
            try Data((whole + "2026-01-31T23:59:5").utf8).write(to: URL(filePath: output.log))
            try await bench.scribe.keep(output, of: id)
            try shim(output) { out, _ in try out.write("next\n") }
            await bench.scribe.finish(id)
            #expect(try bench.content(output) == Array("whole\nnext\n".utf8))
        }
    }

    @Test func `50 containers at once all get their turn`() async throws {
        try await ScribeBench.with { bench in
            let ids = (0..<50).map { _ in ContainerID.random() }
            let text = Array(String(repeating: "0123456789abcde\n", count: 1024).utf8)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids {
                    group.addTask {
                        let output = bench.output(id)
                        try await bench.scribe.keep(output, of: id)
                        try await Blocking.run("write", seconds: 60) {
                            try shim(output) { out, err in
                                for _ in 0..<4 {
                                    try out.write(text)
                                    try err.write(text)
                                }
                            }
                        }
                        await bench.scribe.finish(id)
                        #expect(try bench.content(output).count == 4 * text.count)
                        #expect(try bench.content(output, .stderr).count == 4 * text.count)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `an output whose writers have all gone is at its end`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id, isOpen: true)
            let begin = ContinuousClock.now
            await bench.scribe.finish(id)
            #expect(ContinuousClock.now - begin < .seconds(2))
        }
    }

    @Test func `a terminal has one stream`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id, isTerminal: true)
            try await bench.scribe.keep(output, of: id)
            try ShimEnd(output.stdout).write("$ \r\n")
            await bench.scribe.finish(id)
            #expect(try bench.content(output) == Array("$ \r\n".utf8))
        }
    }

    @Test func `an output that someone still holds open is finished all the same`() async throws {
        try await ScribeBench.with { bench in
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            let out = try ShimEnd(output.stdout)
            try out.write("last words")
            await bench.scribe.finish(id)
            #expect(try bench.content(output) == Array("last words".utf8))
            try out.write("too late")
        }
    }

    @Test func `FIFOs made anew are kept in place of the old`() async throws {
        try await ScribeBench.with { bench in
            let old = bench.output(id)
            try await bench.scribe.keep(old, of: id)
            try ShimEnd(old.stdout).write("first run\n")
            let new = bench.output(id)
            try await bench.scribe.keep(new, of: id)
            try ShimEnd(new.stdout).write("second run\n")
            await bench.scribe.finish(id)
            #expect(try bench.content(new) == Array("first run\nsecond run\n".utf8))
        }
    }

    @Test func `what is no FIFO is refused, as is a log that can't be made`() async throws {
        try await ScribeBench.with { bench in
            let good = bench.output(id)
            for (stdout, log) in [("/etc/passwd", good.log), (good.stdout, "/nowhere/log")] {
                let bad = Scribe.Output(stdout: stdout, stderr: nil, log: log)
                await #expect(throws: ContainerError.self) {
                    try await bench.scribe.keep(bad, of: id)
                }
            }
            try await bench.scribe.keep(good, of: id)
        }
    }

    @Test func `without its program, what to do is said`() async throws {
        try await withTemporaryDirectory { root in
            let places = Places(home: root, state: root, scribe: root + "/pouch-scribe")
            let scribe = Scribe(places: places, logger: .init(label: "scribe"))
            let output = Scribe.Output(stdout: root + "/x", stderr: nil, log: root + "/log")
            let error = await #expect(throws: ContainerError.self) {
                try await scribe.keep(output, of: id)
            }
            #expect(error?.description.contains("beside pouchd") == true)
        }
    }

    /// A full disk, which nobody but root can make.
    @Test(.requiresRoot(to: "mount a small filesystem"))
    func `what a full disk has no room for is counted, and holds nobody up`() async throws {
        try await ScribeBench.with { bench in
            let disk = bench.places.home
            try Mounting.mount(
                "none", on: OpenFile(disk, for: .directory), type: "tmpfs", options: "size=256k")
            let filler = disk + "/filler"
            try Data(repeating: 0, count: 128 << 10).write(to: URL(filePath: filler))
            let output = bench.output(id)
            try await bench.scribe.keep(output, of: id)
            let line = String(repeating: "x", count: 999) + "\n"
            let text = Array(String(repeating: line, count: 1000).utf8)
            try await shim(output) { out, _ in
                try out.write(text)
                unlink(filler)
                try await eventually("it is written again") {
                    try out.write("room again\n")
                    return try !bench.content(output, .stderr).isEmpty
                }
            }
            await bench.scribe.finish(id)
            let note = String(decoding: try bench.content(output, .stderr), as: UTF8.self)
            let lost = try #require(
                try #/\[pouch: (\d+) bytes of output are missing/#.firstMatch(in: note))
            let kept = try bench.content(output)
            #expect(try #require(Int(lost.1)) > 700_000)
            #expect(String(decoding: kept.suffix(11), as: UTF8.self) == "room again\n")
        }
    }

    /// Writes as a container's shim does, and ends as it does.
    private func shim(
        _ output: Scribe.Output, _ body: (ShimEnd, ShimEnd) throws -> Void
    ) throws {
        try body(try ShimEnd(output.stdout), try ShimEnd(output.stderr ?? output.stdout))
    }

    private func shim(
        _ output: Scribe.Output, _ body: (ShimEnd, ShimEnd) async throws -> Void
    ) async throws {
        try await body(try ShimEnd(output.stdout), try ShimEnd(output.stderr ?? output.stdout))
    }
}
