import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore

/// Why a handshake is not answered with 101: the failure for the client and the fields its response must carry.
struct HandshakeRefusal: Error {
    var failure: Failure
    /// Where HTTP has a status that no failure has.
    var status: HTTPResponse.Status?
    var fields: HTTPFields = [:]

    init(failure: Failure, status: HTTPResponse.Status? = nil, fields: HTTPFields = [:]) {
        self.failure = failure
        self.status = status
        self.fields = fields
    }

    /// The application's no. Any other error is a fault of ours, which says nothing to the client.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self.init(failure: failure)
        case let wrapped as FailureWithFields: self.init(failure: wrapped.failure, fields: wrapped.fields)
        default:
            let fault = Failure(
                .fault, code: "platform.internal-error", message: "Something went wrong on our side.", cause: error)
            self.init(failure: fault)
        }
    }

    /// The problem document, on a connection that closes after it: its parser stopped at the handshake.
    func response(to head: HTTPRequest, scope: RequestScope, typeBase: String) -> (HTTPResponse, ByteBuffer) {
        let path = head.path?.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let problem = Problem(
            failure, status: status, instance: String(path), requestID: scope.requestID, typeBase: typeBase)
        let body = JSONWriter.buffer(of: problem)
        var response = problem.response(adding: fields).head
        response.headerFields[.contentLength] = String(body.readableBytes)
        response.headerFields[.connection] = "close"
        response.headerFields[.cacheControl] = "no-store"
        response.headerFields[.xRequestID] = scope.requestID
        return (response, body)
    }
}
