import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import VideoDomain

/// Says on every answer, problems too, that tus is spoken here and in which version (tus §Headers, Tus-Resumable), and
/// gives a wrong checksum the status tus has for it and HTTP does not know.
struct TusMiddleware: RouterMiddleware {
    typealias Context = CallerContext

    let problemTypeBase: String

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await next(request, context)
            response.headers[.tusResumable] = Tus.version
            return response
        } catch let failure as Failure {
            return try answer(failure.with([:]), request, context)
        } catch let failure as FailureWithFields {
            return try answer(failure, request, context)
        }
    }

    private func answer(
        _ failure: FailureWithFields, _ request: Request, _ context: CallerContext
    ) throws -> Response {
        var fields = failure.fields
        fields[.tusResumable] = Tus.version
        guard failure.failure.code == Failure.checksumMismatch.code else { throw failure.failure.with(fields) }
        return Problem(
            failure.failure, status: .checksumMismatch, instance: request.uri.path, requestID: context.requestID,
            typeBase: problemTypeBase
        ).response(adding: fields)
    }
}

extension HTTPResponse.Status {
    static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
}
