import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import UserDomain

/// `/v1/me`: the caller's own account. Every change needs the version it is made to; the end of it
/// needs a proof of its own.
struct MeRoutes: Sendable {
    private static let passwordChanges = OutcomeCounter(label: "password_changes_total")

    let useCases: UserUseCases
    let erasures: ErasureUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/me", .token, use: read)
        routes.patch("/v1/me", .token, use: change)
        routes.delete("/v1/me", .token, use: erase)
        routes.put("/v1/me/password", .token, use: setPassword)
        routes.get("/v1/me/security-events", .token, use: securityEvents)
    }

    @Sendable private func read(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = UserBody(user: try await useCases.account(context.userID()))
        return try JSONResponse(.ok, body, etag: body.etag).response(from: request, context: context)
    }

    @Sendable private func change(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let caller = try context.userID()
        let expected = try IfMatch(request, required: true)
        let change = try await request.decode(ChangeUserBody.self)
        let user = try await useCases.change(caller, change.displayName.value) { version in
            try expected.check(ETag(version))
        }
        let body = UserBody(user: user)
        return try JSONResponse(.ok, body, etag: body.etag).response(from: request, context: context)
    }

    @Sendable private func erase(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let expected = try IfMatch(request, required: false)
        let body = try await request.decode(EraseBody.self)
        let time = try await erasures.erase(owner, body.proof) { version in try expected.check(ETag(version)) }
        return try JSONResponse(.accepted, EraseAtBody(eraseAt: time)).response(from: request, context: context)
    }

    @Sendable private func setPassword(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let caller = try context.caller()
        let body = try await request.decode(ChangePasswordBody.self)
        try await Self.passwordChanges.counting {
            try await useCases.changePassword(
                UserID(caller.userID), ClaimedPassword(body.currentPassword), body.newPassword,
                caller.sessionID.map { SessionID($0) }, Device(request, context), context.requestID)
        }
        return Response(status: .noContent)
    }

    @Sendable private func securityEvents(_ request: Request, _ context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        let events = try await useCases.securityEvents(caller, page).map(SecurityEventBody.init)
        return try JSONResponse(.ok, events).response(from: request, context: context)
    }
}
