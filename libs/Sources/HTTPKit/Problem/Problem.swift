public import DomainKit
public import HTTPTypes
public import Hummingbird
import NIOCore
import Timing

/// A failure on the wire: RFC 9457 problem details, the one error body of the platform.
public struct Problem: Sendable, JSONWritable {
    public static let contentType = "application/problem+json"

    public var failure: Failure
    public var status: HTTPResponse.Status
    /// The path the problem occurred at.
    public var instance: String
    public var requestID: String
    /// Prefix of `type`; the code follows after a slash.
    public var typeBase: String
    /// The whole `type`, of a problem that is somebody else's by definition.
    public var type: String?

    public init(
        _ failure: Failure, status: HTTPResponse.Status? = nil, instance: String, requestID: String,
        typeBase: String = Problem.defaultTypeBase, type: String? = nil
    ) {
        self.failure = failure
        self.status = status ?? failure.kind.status
        self.instance = instance
        self.requestID = requestID
        self.typeBase = typeBase
        self.type = type
    }

    public static let defaultTypeBase = "https://docs.example.com/problems"

    public func write(to json: inout JSONWriter) {
        json.object { problem in
            problem.member("type", type ?? "\(typeBase)/\(failure.code)")
            problem.member("title", failure.kind.title)
            problem.member("status", status.code)
            problem.member("detail", failure.message)
            problem.member("instance", instance)
            problem.member("code", failure.code)
            problem.member("request_id", requestID)
            if !failure.violations.isEmpty { problem.member("errors", failure.violations) }
            for (name, value) in failure.extensions.sorted(by: { $0.key < $1.key }) { problem.member(name, value) }
        }
    }

    /// The whole answer, with the fields the status calls for: `WWW-Authenticate` on 401 (RFC 9110 §11.6.1), and on whatever a
    /// stronger or a newer sign-in would open; `Retry-After` on 429 and 503.
    public func response(adding fields: HTTPFields = [:]) -> Response {
        var headers = fields
        headers[.contentType] = Problem.contentType
        if headers[.wwwAuthenticate] == nil { headers[.wwwAuthenticate] = challenge }
        if headers[.retryAfter] == nil, let seconds = retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: JSONWriter.buffer(of: self)))
    }

    /// Whole seconds, rounded up: a caller that waits that long is not early.
    private var retryAfterSeconds: Int? {
        let needed = status == .tooManyRequests || status == .serviceUnavailable
        guard let wait = failure.retryAfter ?? (needed ? .seconds(1) : nil) else { return nil }
        return max(1, wait.wholeSeconds)
    }
}

extension Failure.Extension: JSONWritable {
    public func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.string(text)
        case .number(let number): json.integer(number)
        }
    }
}

extension Violation: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { error in
            error.member("pointer", pointer)
            error.member("code", code)
            error.member("detail", detail)
        }
    }
}

/// A failure with header fields of its own, such as `Content-Range` on a 416 or the limits on a 429.
public struct FailureWithFields: Error, Sendable {
    public var failure: Failure
    public var fields: HTTPFields

    public init(_ failure: Failure, fields: HTTPFields) {
        self.failure = failure
        self.fields = fields
    }
}

extension Failure {
    /// This failure, answered with `fields` beside the standard ones.
    public func with(_ fields: HTTPFields) -> FailureWithFields {
        FailureWithFields(self, fields: fields)
    }
}
