import Containers
import HTTPTypes
import NIOCore
import PouchAPI
import Volumes

/// The only place where errors become statuses: a new case does not compile until it has one.
extension Reply {
    init(_ error: any Error) {
        let response = ErrorResponse(message: "\(error)", exitStatus: error.exitStatus)
        let body = try? ByteBuffer(json: response)
        self = .json(body ?? ByteBuffer(string: "{}"), status: error.status)
    }
}

extension Error {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case let error as VolumeError: error.httpStatus
        case let error as ContainerError: error.httpStatus
        case let error as Refusal: error.httpStatus
        default: .internalServerError
        }
    }

    fileprivate var exitStatus: Int32? {
        guard case .startFailed(_, let status)? = self as? ContainerError,
            status == 126 || status == 127
        else { return nil }
        return status
    }
}

extension VolumeError {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .invalidName, .unknownOption, .invalidOption, .invalidSize: .badRequest
        case .unknownDriver, .notFound: .notFound
        case .differs, .claimed, .inUse, .notEmpty, .busy, .forgetful: .conflict
        case .notUsed, .usedByContainer, .stillMounted, .heldElsewhere: .conflict
        case .badArchive: .badRequest
        case .unsupported: .notImplemented
        case .unavailable: .serviceUnavailable
        case .timedOut, .storage: .internalServerError
        }
    }
}

extension ContainerError {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .invalidImageName, .ambiguousImage, .invalidArchive, .ambiguousContainer,
            .invalidName, .invalidMount, .duplicateMount, .invalidRequest, .startFailed:
            .badRequest
        case .noSuchImage, .noSuchContainer, .noSuchExecution, .noSuchPath: .notFound
        case .badCopy(_, _, let isMalformed): isMalformed ? .badRequest : .internalServerError
        case .imageInUse, .nameTaken, .notRunning, .running, .paused, .executionStarted,
            .imageHasNames:
            .conflict
        case .loginRefused: .unauthorized
        case .stalledCopy: .requestTimeout
        case .runtimeUnavailable: .serviceUnavailable
        case .pullFailed, .portTaken, .runtime: .internalServerError
        }
    }
}

extension Refusal {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .noRoute, .noPlugin: .notFound
        case .invalid: .badRequest
        case .bodyTooLarge: .contentTooLarge
        case .unsupported: .badRequest
        case .notImplemented: .notImplemented
        case .notFound: .notFound
        case .forbidden: .forbidden
        }
    }
}
