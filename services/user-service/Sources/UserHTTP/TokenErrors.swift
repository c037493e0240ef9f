import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Tells what went wrong at the token endpoint as OAuth clients expect it (RFC 6749 §5.2), which is not as a problem.
/// Statuses and the fields that go with them are the platform's.
struct TokenErrors: RouterMiddleware {
    typealias Context = CallerContext

    /// Requests by what became of them: `granted`, or the word for what went wrong.
    private static let requests = OutcomeCounter(label: "service_token_requests_total")

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            Self.requests.count("granted")
            return response
        } catch let failure as Failure {
            throw Self.answer(failure, [:], request, context)
        } catch let failure as FailureWithFields {
            throw Self.answer(failure.failure, failure.fields, request, context)
        }
    }

    private static func answer(
        _ failure: Failure, _ fields: HTTPFields, _ request: Request, _ context: CallerContext
    ) -> AnswerOfItsOwnForm {
        if failure.kind == .unavailable || failure.kind == .fault {
            let cause = failure.cause.map { String(reflecting: $0) } ?? ""
            context.logger.warning("no token", metadata: ["code": "\(failure.code)", "cause": "\(cause)"])
        }
        var fields = fields
        fields[.pragma] = "no-cache"
        if failure.kind == .unauthenticated { fields[.wwwAuthenticate] = #"Basic realm="hiroba""# }
        var response = Problem(failure, instance: request.uri.path, requestID: context.requestID)
            .response(adding: fields)
        response.headers[.contentType] = "application/json"
        let word = word(for: failure)
        requests.count(word)
        let body = ErrorBody(error: word, description: failure.message)
        response.body = ResponseBody(byteBuffer: JSONWriter.buffer(of: body))
        return AnswerOfItsOwnForm(response)
    }

    private static func word(for failure: Failure) -> String {
        switch (failure.code, failure.kind) {
        case ("user.service-client-wrong", _): "invalid_client"
        case ("user.service-scope-refused", _): "invalid_scope"
        case ("user.grant-type-unsupported", _): "unsupported_grant_type"
        case (_, .unavailable), (_, .rateLimited): "temporarily_unavailable"
        case (_, .fault): "server_error"
        default: "invalid_request"
        }
    }

    private struct ErrorBody: JSONWritable {
        let error: String
        let description: String

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("error", error)
                $0.member("error_description", description)
            }
        }
    }
}

extension HTTPField.Name {
    /// For caches that know nothing newer (RFC 6749 §5.1).
    static let pragma = HTTPField.Name("Pragma")!
}

extension Failure {
    static var clientUnknown: Failure {
        Failure(
            .unauthenticated, code: "user.service-client-wrong", message: "This needs the name and secret of a client.")
    }

    static var grantTypeUnsupported: Failure {
        Failure(
            .invalidInput, code: "user.grant-type-unsupported",
            message: "Services get tokens by client_credentials and nothing else.")
    }

    static func tokenRequestInvalid(_ message: String) -> Failure {
        Failure(.invalidInput, code: "user.token-request-invalid", message: message)
    }
}
