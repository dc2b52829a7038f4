import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends one request to a plugin, once, and has its answer in time.
///
/// Each request has a connection of its own: on one that is kept, the plugin may hang up just as
/// the next request comes, and nobody could say whether it was heard.
enum PluginWire {
    /// All that thousands of volumes may take in a list.
    private static let largestAnswer = 16 << 20
    private static let type = "application/vnd.docker.plugins.v1.2+json"

    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // So many calls of one plugin may hang before others of the same plugin wait.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Returns the status and the body.
    static func post(
        _ call: PluginCall, _ body: Data, to address: PluginSpecification.Address,
        trusting tls: TLSConfiguration?, within duration: Duration
    ) async throws(PluginFault) -> (status: Int, body: Data) {
        var request = HTTPClientRequest(url: try url(call, at: address))
        request.method = .POST
        request.headers = ["Accept": type, "Connection": "close"]
        if case .socket = address { request.headers.add(name: "Host", value: "plugin") }
        request.body = .bytes(ByteBuffer(bytes: body))
        request.tlsConfiguration = tls
        return try await answer(to: request, within: duration)
    }

    private static func url(
        _ call: PluginCall, at address: PluginSpecification.Address
    ) throws(PluginFault) -> String {
        switch address {
        case .unusable(let reason): throw .unheard(reason)
        case .url(let url, _): return "\(url)/\(call.rawValue)"
        case .socket(let path):
            let url = URL(httpURLWithSocketPath: path, uri: "/\(call.rawValue)")
            guard let url else { throw .unheard("no socket can have the path \(path)") }
            return url.absoluteString
        }
    }

    private static func answer(
        to request: HTTPClientRequest, within duration: Duration
    ) async throws(PluginFault) -> (status: Int, body: Data) {
        let seconds = max(1, Int(duration.components.seconds))
        do {
            return try await withThrowingTaskGroup(of: (Int, Data)?.self) { group in
                group.addTask {
                    let response = try await http.execute(request, deadline: .distantFuture)
                    let body = try await response.body.collect(upTo: largestAnswer)
                    return (Int(response.status.code), Data(body.readableBytesView))
                }
                group.addTask {
                    try await Task.sleep(for: duration)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let answer = first else {
                    throw PluginFault.slow(seconds: seconds)
                }
                return answer
            }
        } catch let fault as PluginFault {
            throw fault
        } catch {
            throw fault(error)
        }
    }

    private static func fault(_ error: any Error) -> PluginFault {
        switch error {
        case let error as IOError
        where [ECONNREFUSED, ENOENT, EAGAIN, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            let reason = String(cString: strerror(error.errnoCode))
            return .unheard("nobody answers at its address: \(reason)")
        case let error as HTTPClientError where error == .connectTimeout:
            return .unheard("no connection to its address within 10 s")
        case is NIOTooManyBytesError:
            return .broken("its answer is larger than \(largestAnswer) bytes")
        default:
            let type = String(reflecting: Swift.type(of: error))
            let isTLS = type.hasPrefix("NIOSSL.") || type.contains("TLS")
            return isTLS
                ? .broken("no trusted TLS connection: \(error)")
                : .broken("its answer broke off: \(error)")
        }
    }
}
