public import DomainKit
import Foundation
public import HTTPTypes
public import NIOCore

/// Makes the response to a handshake that was refused. The status is given where HTTP has one that no failure has.
public typealias WebSocketRefusalRenderer =
    @Sendable (_ failure: Failure, _ status: HTTPResponse.Status?, _ request: HTTPRequest) -> (HTTPResponse, ByteBuffer)

/// An RFC 9457 document without the members that only the edge of a service knows.
@Sendable
public func plainProblem(
    _ failure: Failure, _ status: HTTPResponse.Status?, _ request: HTTPRequest
) -> (HTTPResponse, ByteBuffer) {
    let status = status ?? defaultStatus(of: failure.kind)
    let members = ["title": status.reasonPhrase, "detail": failure.message, "code": failure.code]
    var body = ByteBuffer()
    body.writeString(#"{"status":\#(status.code)"#)
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        let encoded = (try? JSONEncoder().encode(value)) ?? Data(#""""#.utf8)
        body.writeString(#","\#(name)":"#)
        body.writeBytes(encoded)
    }
    body.writeString("}")
    var fields: HTTPFields = [.contentType: "application/problem+json"]
    if status == .unauthorized { fields[.wwwAuthenticate] = "Bearer" }
    if let wait = failure.retryAfter { fields[.retryAfter] = String(max(1, wait.components.seconds)) }
    return (HTTPResponse(status: status, headerFields: fields), body)
}

private func defaultStatus(of kind: Failure.Kind) -> HTTPResponse.Status {
    switch kind {
    case .invalidInput, .unprocessable: .badRequest
    case .unauthenticated: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .conflict: .conflict
    case .gone: .gone
    case .preconditionFailed: .preconditionFailed
    case .preconditionRequired: .preconditionRequired
    case .contentTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .rangeNotSatisfiable: .rangeNotSatisfiable
    case .rateLimited: .tooManyRequests
    case .unavailable: .serviceUnavailable
    case .fault: .internalServerError
    }
}
