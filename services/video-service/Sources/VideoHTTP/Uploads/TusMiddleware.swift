import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// Says on every answer, problems too, that tus is spoken here and in which version (tus §Headers, Tus-Resumable).
struct TusMiddleware: RouterMiddleware {
    typealias Context = ServiceContext

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await next(request, context)
            response.headers[.tusResumable] = Tus.version
            return response
        } catch let failure as Failure {
            throw failure.with([.tusResumable: Tus.version])
        } catch var failure as FailureWithFields {
            failure.fields[.tusResumable] = Tus.version
            throw failure
        }
    }
}
