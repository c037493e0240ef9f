import AuthKit
import HTTPKit
import Hummingbird

/// How often one caller may ask what accounts may do. A service asks for all it acts for, a person for what is looked into.
struct DecisionLimit: RouterMiddleware {
    typealias Context = CallerContext

    private let ofServices: RateLimitMiddleware<CallerContext>
    private let ofPeople: RateLimitMiddleware<CallerContext>

    init(_ limits: UserLimits) {
        ofServices = RateLimitMiddleware(limits.decisions, store: limits.store)
        ofPeople = RateLimitMiddleware(limits.explanations, store: limits.store)
    }

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        let limit = context.service == nil ? ofPeople : ofServices
        return try await limit.handle(request, context: context, next: next)
    }
}
