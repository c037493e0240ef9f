import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WebSocketKit

/// One opening handshake of a chat socket, treated as every request of the platform is: ids, problems, metrics, access log.
struct LiveHandshake: OpeningHandshake {
    let service: LiveService
    let head: HTTPRequest
    let scope: RequestScope
    let log: HandshakeLog
    let problemTypeBase: String

    func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance {
        try await scope.bind {
            try await service.accept(request, from: log.clientNetwork(head, request.remoteAddress))
        }
    }

    func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?) {
        log.finished(head, status: status, after: TimeAmount(time), scope: scope, peer: peer)
    }

    func refusal(for reason: HandshakeFailure, logger: Logger) -> WebSocketRefusal {
        let (failure, status, fields) = Self.failure(of: reason)
        service.refusedHandshake(failure)
        if failure.kind == .fault {
            logger.error(
                "handshake failed",
                metadata: [
                    "cause": "\(String(reflecting: failure.cause))", "request_id": "\(scope.requestID)",
                    "trace_id": "\(scope.trace.traceID)",
                ])
        }
        let path = head.path?.prefix { $0 != "?" } ?? ""
        let problem = Problem(
            failure, status: status, instance: String(path), requestID: scope.requestID, typeBase: problemTypeBase)
        var headers = problem.response(adding: fields).headers
        headers[.xRequestID] = scope.requestID
        return WebSocketRefusal(problem.status, headers: headers, body: JSONWriter.buffer(of: problem))
    }

    /// The failure for the client, the status where HTTP has one that no failure has, and fields of the answer.
    private static func failure(of reason: HandshakeFailure) -> (Failure, HTTPResponse.Status?, HTTPFields) {
        switch reason {
        case .upgradeRequired(let message):
            let failure = Failure(.invalidInput, code: "platform.upgrade-required", message: message)
            return (failure, reason.status, [:])
        case .malformed(let what, let detail):
            var failure = Failure.invalid([Violation(pointer: "", code: what, detail: detail)])
            failure.message = "The WebSocket handshake is not correct. " + detail
            return (failure, nil, [:])
        case .originNotAllowed: return (.originNotAllowed, nil, [:])
        case .subprotocolNotSpoken: return (.subprotocolNotSpoken, nil, [:])
        case .stopping: return (.unavailable("server"), nil, [:])
        case .refused(let failure as Failure): return (failure, nil, [:])
        case .refused(let wrapped as FailureWithFields): return (wrapped.failure, nil, wrapped.fields)
        case .refused(let error):
            let message = "Something went wrong on our side."
            return (Failure(.fault, code: "platform.internal-error", message: message, cause: error), nil, [:])
        }
    }
}
