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
        } catch let failure as Failure where failure.code == Failure.checksumMismatch.code {
            let problem = Problem(
                failure, status: .checksumMismatch, instance: request.uri.path, requestID: context.requestID,
                typeBase: problemTypeBase)
            return problem.response(adding: [.tusResumable: Tus.version])
        } catch let failure as Failure {
            throw failure.with([.tusResumable: Tus.version])
        } catch var failure as FailureWithFields {
            failure.fields[.tusResumable] = Tus.version
            throw failure
        }
    }
}

extension HTTPResponse.Status {
    static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
}
