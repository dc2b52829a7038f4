import CLinux
import Glibc

/// Keeps what containers write, whether or not pouchd runs.
///
/// One loop that waits for events and for nothing else: FIFOs are read a piece at a time, so that
/// no container waits for another, and a client that reads slowly is written to when it can take
/// it. It ends by itself when nothing is kept and nobody is connected.
final class Scribe {
    private let loop: EventLoop
    private let listener: Int32
    /// Removed at the end: who finds them knows where we are.
    private let traces: [String]
    private var clients: [Int32: Client] = [:]
    private var kept: [String: KeptOutput] = [:]
    private var pipes: [Int32: KeptOutput] = [:]
    /// Outputs that are over, whose logs are too long as somebody still reads them.
    private var tooLong: [String: KeptOutput] = [:]
    private let reader = PipeReader()

    /// `listener` is a listening socket that keeps the bounds of messages.
    init(listener: Int32, traces: [String]) throws(Failure) {
        self.listener = listener
        self.traces = traces
        loop = try EventLoop()
        try loop.add(listener)
    }

    func run() throws(Failure) {
        while true {
            for event in try loop.next() {
                if event.descriptor == listener {
                    welcome()
                } else if let output = pipes[event.descriptor] {
                    keep(output, from: event.descriptor)
                } else if let client = clients[event.descriptor] {
                    serve(client, event)
                }
            }
            guard kept.isEmpty, clients.isEmpty, !welcome() else { continue }
            // Whoever connects from here on finds nobody, and starts another scribe.
            for path in traces { unlink(path) }
            return
        }
    }

    // MARK: Output

    private func keep(_ output: KeptOutput, from pipe: Int32) {
        let isOver = output.take(from: pipe, reader)
        if isOver {
            pipes[pipe] = nil
            output.close(pipe)
        }
        for client in clients.values { tellGrowth(of: output, to: client) }
        if output.isOver { finish(output) }
    }

    private func tellGrowth(of output: KeptOutput, to client: Client) {
        guard let offset = client.watches[output.id], offset < output.size else { return }
        client.watches[output.id] = nil
        send(["grew", output.id, "\(output.size)"], to: client)
    }

    private func finish(_ output: KeptOutput) {
        leave(output)
        for client in clients.values {
            client.watches[output.id] = nil
            send(["done", output.id], to: client)
        }
    }

    private func leave(_ output: KeptOutput) {
        for pipe in output.pipes {
            pipes[pipe] = nil
            output.close(pipe)
        }
        tooLong[output.id] = output.isTooLong && output.floor != nil ? output : nil
        output.finish()
        kept[output.id] = nil
    }

    // MARK: Clients

    @discardableResult
    private func welcome() -> Bool {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return false }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        do {
            try loop.add(descriptor)
            clients[descriptor] = Client(descriptor)
        } catch {
            close(descriptor)
        }
        return true
    }

    private func serve(_ client: Client, _ event: EventLoop.Event) {
        if event.canWrite { flush(client) }
        while clients[client.descriptor] != nil, let message = client.receive() {
            obey(message, client)
        }
        if client.isGone { dismiss(client) }
    }

    private func dismiss(_ client: Client) {
        guard clients.removeValue(forKey: client.descriptor) != nil else { return }
        for id in client.holds.keys { setFloor(of: id) }
        loop.remove(client.descriptor)
        close(client.descriptor)
    }

    private func send(_ message: [String], to client: Client) {
        client.queue(message)
        flush(client)
    }

    private func flush(_ client: Client) {
        let wasWaiting = client.isWaiting
        client.flush()
        if client.isWaiting != wasWaiting {
            loop.watch(client.descriptor, forWriting: client.isWaiting)
        }
    }

    // MARK: What clients ask

    private func obey(_ message: [String], _ client: Client) {
        switch (message.first, message.count) {
        case ("keep", 6), ("keep", 7): begin(message, client)
        case ("watch", 3): watch(message[1], from: Int(message[2]) ?? 0, client)
        case ("hold", 3):
            client.holds[message[1]] = Int(message[2])
            setFloor(of: message[1])
        case ("finish", 2): end(message[1], client)
        case ("list", 1):
            for id in kept.keys.sorted() { send(["has", id], to: client) }
            send(["listed"], to: client)
        default:
            send(["failed", message.dropFirst().first ?? "", "not understood"], to: client)
        }
    }

    /// Asked again, it says the same; FIFOs made anew since then are kept instead of the old.
    private func begin(_ message: [String], _ client: Client) {
        let (id, stdout) = (message[1], message[2])
        do {
            if let output = kept[id] {
                if output.reads(stdout) { return send(["kept", id], to: client) }
                output.drain(reader)
                leave(output)
            }
            let output = try KeptOutput(
                id: id, stdout: stdout, stderr: message[3], log: message[4],
                limit: message.count > 6 ? Int(message[6]) : nil)
            for pipe in output.pipes {
                try loop.add(pipe)
                pipes[pipe] = output
            }
            kept[id] = output
            setFloor(of: id)
            send(["kept", id], to: client)
            // Where everybody has left before we came, no event will tell.
            if message[5] == "open" {
                for pipe in output.pipes { keep(output, from: pipe) }
            }
        } catch {
            send(["failed", id, error.description], to: client)
        }
    }

    private func setFloor(of id: String) {
        let floor = clients.values.compactMap { $0.holds[id] }.min()
        kept[id]?.floor = floor
        guard floor == nil, let output = tooLong.removeValue(forKey: id), kept[id] == nil else {
            return
        }
        output.shorten()
    }

    private func watch(_ id: String, from offset: Int, _ client: Client) {
        guard let output = kept[id] else { return send(["done", id], to: client) }
        client.watches[id] = offset
        tellGrowth(of: output, to: client)
    }

    /// The container has ended: what its FIFOs still hold is all there will be.
    private func end(_ id: String, _ client: Client) {
        guard let output = kept[id] else { return send(["done", id], to: client) }
        output.drain(reader)
        finish(output)
    }
}
