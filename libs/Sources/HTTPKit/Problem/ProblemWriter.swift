import DomainKit
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns whatever a handler threw into a problem, and tells the log what the caller is not told.
struct ProblemWriter: Sendable {
    let typeBase: String

    func response(for error: any Error, _ request: Request, _ context: some EdgeContext) -> Response {
        let (failure, fields) = ProblemWriter.failure(of: error)
        log(failure, request, context.logger)
        return write(failure, fields: fields, request, context)
    }

    /// Hummingbird's own errors, and answers of handlers that state an error status without saying more, arrive as
    /// responses: they keep their status and fields and get the platform's body.
    func response(replacing response: Response, _ request: Request, _ context: some EdgeContext) -> Response {
        var fields = response.headers
        fields[.contentLength] = nil
        let failure = ProblemWriter.failure(of: response.status)
        return write(failure, status: response.status, fields: fields, request, context)
    }

    private func write(
        _ failure: Failure, status: HTTPResponse.Status? = nil, fields: HTTPFields, _ request: Request,
        _ context: some EdgeContext
    ) -> Response {
        Problem(
            failure, status: status, instance: request.uri.path, requestID: context.requestID, typeBase: typeBase
        ).response(adding: fields)
    }

    private static func failure(of error: any Error) -> (Failure, HTTPFields) {
        switch error {
        case let failure as Failure: (failure, [:])
        case let wrapped as FailureWithFields: (wrapped.failure, wrapped.fields)
        case is NIOTooManyBytesError: (.contentTooLarge(limit: Request.defaultBodyLimit), [:])
        case is CancellationError: (.unavailable("request cancelled", cause: error), [:])
        default: (Failure.internalError.caused(by: error), [:])
        }
    }

    private static func failure(of status: HTTPResponse.Status) -> Failure {
        let kind = Failure.Kind.allCases.first { $0.status == status } ?? (status.code < 500 ? .invalidInput : .fault)
        return switch kind {
        case .notFound: .routeNotFound
        case .unauthenticated: .unauthenticated()
        case .fault: .internalError
        default: Failure(kind, code: kind.platformCode, message: "\(kind.title).")
        }
    }

    private func log(_ failure: Failure, _ request: Request, _ logger: Logger) {
        let level: Logger.Level
        switch failure.kind {
        case .fault: level = .error
        case .unavailable: level = .warning
        default: level = .debug
        }
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "code": "\(failure.code)", "method": "\(request.method)", "path": "\(request.uri.path)",
        ]
        for (key, value) in failure.context { metadata[key] = "\(value)" }
        if let cause = failure.cause { metadata["cause"] = "\(String(reflecting: cause))" }
        logger.log(level: level, "request failed", metadata: metadata)
    }
}
