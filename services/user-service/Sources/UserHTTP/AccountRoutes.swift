import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `/v1/users`: signing up, and what everybody signed in may see of others.
struct AccountRoutes: Sendable {
    private static let signUps = OutcomeCounter(label: "sign_ups_total")

    let useCases: UserUseCases

    func add(to routes: AccessRouter<CallerContext>, signingUp: AccessRouter<CallerContext>) {
        signingUp.post("/v1/users", .open, use: create)
        routes.get("/v1/users/{id}", .token, use: profile)
    }

    @Sendable private func create(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(SignUpBody.self)
        let user = try await Self.signUps.counting {
            try await useCases.signUp(
                body.email, body.password, body.displayName, Language(accepting: request.headers[.acceptLanguage]),
                context.effectID, context.requestID)
        }
        guard let user else { return Response(status: .accepted) }
        let answer = UserBody(user: user)
        return try JSONResponse(.created, answer, etag: answer.etag, headers: [.location: "/v1/users/\(user.id)"])
            .response(from: request, context: context)
    }

    @Sendable private func profile(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        guard let id = context.parameters.get("id").flatMap({ UserID($0) }) else { throw Failure.userNotFound }
        let body = PublicUserBody(user: try await useCases.publicProfile(id))
        return try JSONResponse(.ok, body, etag: body.etag).response(from: request, context: context)
    }
}
