import GRPCCore
import Glibc
import Linux
import Logging
import Volumes

/// Says how each call ended, in the interface's codes to the client and in a line to the log.
///
/// No line shows what a request holds beyond the call's name: there may be secrets in it.
struct Outcome: ServerInterceptor {
    let logger: Logger

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable (StreamingServerRequest<Input>, ServerContext) async throws
            -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let call = "\(context.descriptor.method)"
        do {
            let response = try await next(request, context)
            logger.debug("CSI call answered", metadata: ["call": "\(call)"])
            return response
        } catch {
            let refusal = RPCError(answering: error)
            logger.info(
                "CSI call refused",
                metadata: [
                    "call": "\(call)", "code": "\(refusal.code)", "reason": "\(refusal.message)",
                ])
            throw refusal
        }
    }
}

extension RPCError {
    /// A field that is missing, or not as the interface has it.
    static func invalid(_ message: String) -> RPCError {
        RPCError(code: .invalidArgument, message: message)
    }

    /// The call does not fit the state that the volume is in.
    static func precondition(_ message: String) -> RPCError {
        RPCError(code: .failedPrecondition, message: message)
    }

    static func exists(_ message: String) -> RPCError {
        RPCError(code: .alreadyExists, message: message)
    }

    init(answering error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case let error as VolumeError: self.init(code: error.code, message: "\(error)")
        case let error as TimedOut: self.init(code: .deadlineExceeded, message: "\(error)")
        case let error as SystemError where error.errno == ENOSPC:
            self.init(code: .resourceExhausted, message: "\(error)")
        default: self.init(code: .internalError, message: "\(error)")
        }
    }
}

extension VolumeError {
    /// What the interface has an orchestrator do: give up, ask for something else, or ask again.
    fileprivate var code: RPCError.Code {
        switch self {
        case .invalidOption(let option, let value, _)
        where !value.isEmpty && Self.sizes.contains(option):
            .outOfRange
        case .invalidName, .unknownOption, .invalidOption, .invalidSize, .unknownDriver,
            .badArchive, .unsupported, .claimed:
            .invalidArgument
        case .notFound: .notFound
        case .differs: .alreadyExists
        case .inUse, .unavailable, .notEmpty, .forgetful, .notUsed, .usedByContainer,
            .stillMounted, .heldElsewhere:
            .failedPrecondition
        case .busy: .aborted
        // It may still be done: to be asked again with the same words.
        case .timedOut: .deadlineExceeded
        case .storage: .internalError
        }
    }

    private static let sizes = ["size", "opt.size", "Size", "opt.Size"]
}
