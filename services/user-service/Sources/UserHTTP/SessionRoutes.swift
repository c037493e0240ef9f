import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `/v1/sessions`: signing in, renewing tokens, and the devices one is signed in on.
struct SessionRoutes: Sendable {
    private static let signIns = OutcomeCounter(label: "sign_ins_total")
    private static let refreshes = OutcomeCounter(label: "session_refreshes_total")

    let useCases: UserUseCases
    let cookie: DeviceCookie

    func add(
        to routes: AccessRouter<CallerContext>, signingIn: AccessRouter<CallerContext>,
        renewing: AccessRouter<CallerContext>
    ) {
        signingIn.post("/v1/sessions", .open, use: open)
        renewing.post("/v1/sessions/refresh", .open, use: renew)
        routes.get("/v1/sessions", .token, use: list)
        routes.delete("/v1/sessions/{id}", .token, use: end)
        routes.delete("/v1/sessions", .token, use: endOthers)
    }

    @Sendable private func open(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(SignInBody.self)
        let token = body.deviceToken.flatMap { DeviceToken($0) } ?? cookie.token(of: request)
        let tokens = try await Self.signIns.counting {
            try await useCases.signIn(
                body.email, ClaimedPassword(body.password), Device(request, context), token)
        }
        return try cookie.response(tokens, to: request, context)
    }

    @Sendable private func renew(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(RefreshBody.self)
        let tokens = try await Self.refreshes.counting {
            try await useCases.refresh(body.refreshToken, Device(request, context))
        }
        return try JSONResponse(.ok, TokensBody(tokens: tokens)).response(from: request, context: context)
    }

    @Sendable private func list(_ request: Request, _ context: CallerContext) async throws -> Response {
        let caller = try context.caller()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        let sessions = try await useCases.sessions(UserID(caller.userID), page)
        let body = sessions.map { SessionBody(session: $0, isCurrent: $0.id.uuid == caller.sessionID) }
        return try JSONResponse(.ok, body).response(from: request, context: context)
    }

    @Sendable private func end(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let caller = try context.userID()
        guard let id = context.parameters.get("id").flatMap({ SessionID($0) }) else { throw Failure.sessionNotFound }
        try await useCases.endSession(id, caller)
        return Response(status: .noContent)
    }

    @Sendable private func endOthers(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let caller = try context.caller()
        try await useCases.endOtherSessions(
            UserID(caller.userID), caller.sessionID.map { SessionID($0) }, context.requestID)
        return Response(status: .noContent)
    }
}
