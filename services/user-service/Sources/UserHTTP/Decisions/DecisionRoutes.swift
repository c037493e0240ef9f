import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import UserDomain

/// `/v1/authz`: what somebody may do. Services ask it for those they act for; those who look after the platform ask why.
struct DecisionRoutes: Sendable {
    let decide: Decide
    let counts: DecisionCounts

    func add(to routes: AccessRouter<CallerContext>) {
        routes.post(
            "/v1/authz/decisions", .scope(ServiceScope.decide.rawValue, or: [.moderator, .admin]), use: decisions)
        routes.post("/v1/authz/explain", .roles([.moderator, .admin]), use: explain)
    }

    @Sendable private func decisions(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(DecisionsRequestBody.self)
        let decisions = try await decide(body.requests.map(\.question))
        counts.add(decisions)
        return try JSONResponse(.ok, DecisionsBody(decisions: decisions)).response(from: request, context: context)
    }

    @Sendable private func explain(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(AccessRequestBody.self)
        let explanation = try await decide.explain(body.question)
        return try JSONResponse(.ok, ExplanationBody(explanation: explanation))
            .response(from: request, context: context)
    }
}
