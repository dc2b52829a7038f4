import FoundationEssentials
import Linux
import NIOSSL
import Synchronization
import Volumes

/// One plugin, whether it is there or not: how it is asked, and what its answers have shown.
final class Plugin: Sendable {
    enum Kind: Hashable {
        case unknown, volumes, unfit
    }

    private struct State {
        var specification: PluginSpecification?
        var isExpected = false
        var kind = Kind.unknown
        /// Handshakes that ended, and how the last one failed.
        var handshakes = 0
        var failedHandshake: PluginFault?
        var scope = Scope.local
        var isFailing = false
        /// Its last call was not answered in time: lists do not wait for it again.
        var isSilent = false
        var lastError: String?
        var lastErrorAt: Date?
        /// Where volumes are, by name, as it said last.
        var mountpoints: [String: String] = [:]
    }

    let name: String
    let settings: PluginSettings
    private let state = Mutex(State())
    /// The first callers wait for one handshake.
    private let turns = Turns<PluginCall>()

    init(_ name: String, _ settings: PluginSettings) {
        self.name = name
        self.settings = settings
    }

    // MARK: - What is known

    /// A plugin that is announced by another file than before may be another plugin; nil says that
    /// it has gone. Answers whether anything is new.
    func announce(_ specification: PluginSpecification?) -> Bool {
        state.withLock { state in
            guard state.specification != specification else { return false }
            state.specification = specification
            (state.kind, state.isSilent, state.isFailing) = (.unknown, false, false)
            return true
        }
    }

    /// Lets the next handshake find out anew what the plugin is, and whether it answers.
    func forgetFailure() {
        state.withLock { state in if state.isFailing { state.kind = .unknown } }
    }

    func expect() { state.withLock { $0.isExpected = true } }

    var isThere: Bool { state.withLock { $0.specification != nil } }
    var isExpected: Bool { state.withLock { $0.isExpected } }
    var isFit: Bool { state.withLock { $0.kind != .unfit } }
    var needsProbe: Bool {
        state.withLock { $0.specification != nil && ($0.kind == .unknown || $0.isFailing) }
    }
    var scope: Scope { state.withLock { $0.scope } }

    func mountpoint(of volume: String) -> String? { state.withLock { $0.mountpoints[volume] } }

    func note(_ mountpoint: String?, of volume: String) {
        state.withLock { $0.mountpoints[volume] = mountpoint }
    }

    var report: PluginReport {
        state.withLock { state in
            let health: PluginReport.Health =
                if state.specification == nil { .missing } else if state.kind == .unfit {
                    .unfit
                } else if state.isFailing { .failing } else if state.kind == .unknown {
                    .unknown
                } else { .healthy }
            return PluginReport(
                name: name, file: state.specification?.file ?? "",
                address: state.specification?.place ?? "", health: health, scope: state.scope,
                lastError: state.lastError, lastErrorAt: state.lastErrorAt)
        }
    }

    // MARK: - Asking

    /// Makes the call, after the handshake if there was none, and again where that does no harm.
    func ask<Answer: Decodable & Sendable>(
        _ call: PluginCall, _ request: some Encodable & Sendable,
        _ patience: PluginPatience = .usual
    ) async throws(PluginFault) -> Answer {
        let attempts = Attempts(of: call, patience, settings)
        if case .list = patience, state.withLock({ $0.isSilent }) {
            throw .slow(seconds: settings.listSeconds)
        }
        let body = (try? JSONEncoder().encode(request)) ?? Data()
        return try await repeating(attempts) { () throws(PluginFault) in
            try await self.handshake(attempts)
            return try await self.once(call, body, within: attempts.time())
        }
    }

    /// Learns whether the plugin is one for volumes, and of what scope, unless that is known.
    func handshake(_ patience: PluginPatience) async throws(PluginFault) {
        try await handshake(Attempts(of: .activate, patience, settings))
    }

    /// Those who come while one is under way share its outcome, also when it fails.
    private func handshake(_ attempts: Attempts) async throws(PluginFault) {
        let (kind, before) = state.withLock { ($0.kind, $0.handshakes) }
        if kind == .unknown {
            let fault = await turns.take(.activate) { () -> PluginFault? in
                let (kind, ended, fault) = state.withLock {
                    ($0.kind, $0.handshakes, $0.failedHandshake)
                }
                if kind != .unknown { return nil }
                if ended != before, let fault { return fault }
                return await shakeHands(attempts)
            }
            if let fault { throw fault }
        }
        guard isFit else { throw .refused("it is there, but is no volume plugin") }
    }

    private func shakeHands(_ attempts: Attempts) async -> PluginFault? {
        let time = min(attempts.time(), .seconds(PluginCall.activate.seconds(settings)))
        do throws(PluginFault) {
            let answer: PluginMessage.Activation = try await once(.activate, Data(), within: time)
            let isFit = answer.implements?.contains("VolumeDriver") ?? false
            let scope = isFit ? await askScope(within: time) : .local
            state.withLock { state in
                (state.kind, state.scope) = (isFit ? .volumes : .unfit, scope)
                (state.handshakes, state.failedHandshake) = (state.handshakes + 1, nil)
            }
            return nil
        } catch {
            state.withLock { ($0.handshakes, $0.failedHandshake) = ($0.handshakes + 1, error) }
            return error
        }
    }

    /// Plugins that are older than the call are for this host alone.
    private func askScope(within time: Duration) async -> Scope {
        let answer =
            try? await once(
                .capabilities, Data("{}\n".utf8), within: time) as PluginMessage.Capabilities
        return answer?.capabilities?.scope.flatMap { Scope(rawValue: $0.lowercased()) } ?? .local
    }

    /// One request and its answer, whose outcome is remembered.
    private func once<Answer: Decodable>(
        _ call: PluginCall, _ body: Data, within time: Duration
    ) async throws(PluginFault) -> Answer {
        do {
            guard let specification = state.withLock({ $0.specification }) else {
                throw PluginFault.unheard("plugin \(name) is not there")
            }
            let tls = try await Self.tls(of: specification)
            let (status, content) = try await PluginWire.post(
                call, body, to: specification.address, trusting: tls, within: time)
            let answer: Answer = try Self.read(content, status)
            note(nil)
            return answer
        } catch let fault as PluginFault {
            note(fault, in: call)
            throw fault
        } catch {
            let fault = PluginFault.unheard("its TLS files can't be used: \(error)")
            note(fault, in: call)
            throw fault
        }
    }

    private static func tls(
        of specification: PluginSpecification
    ) async throws -> TLSConfiguration? {
        guard case .url(_, let tls?) = specification.address else { return nil }
        return try await Blocking.run("read TLS files of \(specification.name)", seconds: 10) {
            try tls.configuration()
        }
    }

    /// Plugins of Docker's kit answer 500 with `Err`, older ones 200 with `Err`.
    private static func read<Answer: Decodable>(
        _ content: Data, _ status: Int
    ) throws(PluginFault) -> Answer {
        let refusal = try? JSONDecoder().decode(PluginMessage.Refusal.self, from: content)
        if let reason = refusal?.reason, !reason.isEmpty { throw .refused(reason) }
        let words = String(decoding: content.prefix(200), as: UTF8.self)
        guard status == 200 else {
            if status == 404, refusal == nil { throw .unknownCall }
            throw .broken("it answered with status \(status): \(words)")
        }
        // Some say nothing where there is nothing to say.
        let json = content.isEmpty ? Data("{}".utf8) : content
        do {
            return try JSONDecoder().decode(Answer.self, from: json)
        } catch {
            throw .broken("it answered something else than the protocol says: \(words)")
        }
    }

    private func note(_ fault: PluginFault?, in call: PluginCall = .get) {
        // An old plugin's way of saying that it is old.
        if fault == .unknownCall { return note(nil) }
        state.withLock { state in
            state.isFailing = fault.map { !$0.isHealthy } ?? false
            if case .slow = fault { state.isSilent = true } else { state.isSilent = false }
            // What a volume is asked for and does not have is no error of the plugin's.
            guard let fault, fault.isHealthy == false || call != .get else { return }
            state.lastError = "\(fault.error(call.rawValue))"
            state.lastErrorAt = Date()
        }
    }

    // MARK: - Again

    /// When a call is made again, and when enough is enough.
    private struct Attempts {
        let call: PluginCall
        let retries: Int
        let perAttempt: Duration
        /// When the caller goes, whatever comes.
        let end: ContinuousClock.Instant?
        /// Until when a plugin that isn't there is waited for.
        let waitEnd: ContinuousClock.Instant

        init(of call: PluginCall, _ patience: PluginPatience, _ settings: PluginSettings) {
            self.call = call
            retries = settings.retries
            let now = ContinuousClock.now
            switch patience {
            case .list:
                perAttempt = .seconds(settings.listSeconds)
                (end, waitEnd) = (now + perAttempt, now)
            case .usual:
                perAttempt = .seconds(call.seconds(settings))
                (end, waitEnd) = (nil, now)
            case .start:
                perAttempt = .seconds(call.seconds(settings))
                (end, waitEnd) = (nil, now + .seconds(settings.waitSeconds))
            }
        }

        /// What an attempt that begins now may take.
        func time() -> Duration {
            guard let end else { return perAttempt }
            return max(.milliseconds(1), min(perAttempt, end - .now))
        }

        func allow(_ number: Int, after fault: PluginFault) -> Bool {
            let mayRepeat =
                switch fault {
                case .unheard: true
                case .broken: call.isIdempotent
                case .slow, .refused, .unknownCall: false
                }
            let next = ContinuousClock.now + pause(number)
            if let end, next >= end { return false }
            if case .unheard = fault, next < waitEnd { return true }
            return mayRepeat && number <= retries
        }

        func pause(_ number: Int) -> Duration {
            .milliseconds(min(1000, 50 << min(number, 5)))
        }
    }

    private func repeating<Answer>(
        _ attempts: Attempts, _ body: () async throws(PluginFault) -> Answer
    ) async throws(PluginFault) -> Answer {
        var number = 1
        while true {
            do throws(PluginFault) {
                return try await body()
            } catch {
                guard attempts.allow(number, after: error) else { throw error }
                // Who cancels us gets the fault there is.
                guard (try? await Task.sleep(for: attempts.pause(number))) != nil else {
                    throw error
                }
                number += 1
            }
        }
    }
}
