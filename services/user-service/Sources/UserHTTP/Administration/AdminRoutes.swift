import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `/v1/admin`: accounts as admins see them, and what was done to them. Every change needs the version it is made to.
struct AdminRoutes: Sendable {
    private typealias Change = (UserID, ActingAdmin, _ isExpected: (Int) throws -> Void) async throws -> ManagedUser

    let useCases: AdminUseCases
    let stepUp: StepUpRules

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/admin/users", .roles([.admin]), use: search)
        routes.get("/v1/admin/users/{id}", .roles([.admin]), use: show)
        routes.patch("/v1/admin/users/{id}", .roles([.admin]), use: change)
        routes.put("/v1/admin/users/{id}/roles", .roles([.admin]), use: setRoles)
        routes.put("/v1/admin/users/{id}/ban", .roles([.admin]), use: ban)
        routes.delete("/v1/admin/users/{id}/ban", .roles([.admin]), use: liftBan)
        routes.put("/v1/admin/users/{id}/membership", .roles([.admin]), use: setMembership)
        routes.get("/v1/admin/audit-events", .roles([.admin]), use: auditTrail)
    }

    @Sendable private func search(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let text = query.string("query", maximum: UserSearch.longest) ?? ""
        let page = query.page()
        try query.done()
        let found = try await useCases.search(text, page)
        return try JSONResponse(.ok, found.map { AdminUserBody(account: $0) }).response(from: request, context: context)
    }

    @Sendable private func show(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        return try answer(try await useCases.show(id(context)), request, context)
    }

    @Sendable private func change(_ request: Request, _ context: CallerContext) async throws -> Response {
        let account = try await changed(request, context) { id, admin, isExpected in
            let body = try await request.decode(ChangeManagedUserBody.self)
            return try await useCases.change(
                id, body.displayName.value, body.isEmailVerified.value, admin, isExpected)
        }
        return try answer(account, request, context)
    }

    @Sendable private func setRoles(_ request: Request, _ context: CallerContext) async throws -> Response {
        let account = try await changed(request, context) { id, admin, isExpected in
            let body = try await request.decode(RolesBody.self)
            return try await useCases.setRoles(id, body.roles, admin, isExpected)
        }
        return try answer(account, request, context)
    }

    @Sendable private func ban(_ request: Request, _ context: CallerContext) async throws -> Response {
        let account = try await changed(request, context) { id, admin, isExpected in
            let body = try await request.decode(BanBody.self)
            return try await useCases.ban(id, body.reason, body.until, admin, isExpected)
        }
        return try answer(account, request, context)
    }

    @Sendable private func liftBan(_ request: Request, _ context: CallerContext) async throws -> Response {
        let account = try await changed(request, context) { id, admin, isExpected in
            try await useCases.liftBan(id, admin, isExpected)
        }
        return Response(
            status: .noContent, headers: [.eTag: AdminUserBody(account: account).etag.description])
    }

    @Sendable private func setMembership(_ request: Request, _ context: CallerContext) async throws -> Response {
        let account = try await changed(request, context) { id, admin, isExpected in
            let body = try await request.decode(MembershipBody.self)
            return try await useCases.setMembership(id, body, admin, isExpected)
        }
        return try answer(account, request, context)
    }

    @Sendable private func auditTrail(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let filter = AuditFilter(
            actorID: query.value("actor_id", as: UserID.self), subjectID: query.value("subject_id", as: UserID.self),
            action: query.string("action", maximum: 64))
        let page = query.page()
        try query.done()
        let trail = try await useCases.audit(filter, page)
        return try JSONResponse(.ok, trail.map { AuditEventBody(record: $0) })
            .response(from: request, context: context)
    }

    /// Fails: precondition required, without `If-Match`; and as `change` does.
    private func changed(
        _ request: Request, _ context: CallerContext, _ change: Change
    ) async throws -> ManagedUser {
        try request.requireNoQuery()
        let caller = try context.caller()
        let admin = ActingAdmin(
            id: UserID(caller.userID), session: caller.sessionID.map { SessionID($0) }, epoch: caller.epoch,
            authenticatedAt: caller.authenticatedAt, requestID: context.requestID, rules: stepUp)
        let expected = try IfMatch(request, required: true, upTo: AdminUserBody.endOfVersion)
        return try await change(id(context), admin) { version in try expected.check(ETag(version)) }
    }

    private func id(_ context: CallerContext) throws(Failure) -> UserID {
        guard let id = context.parameters.get("id").flatMap({ UserID($0) }) else { throw .userNotFound }
        return id
    }

    private func answer(_ account: ManagedUser, _ request: Request, _ context: CallerContext) throws -> Response {
        let body = AdminUserBody(account: account)
        return try JSONResponse(.ok, body, etag: body.etag).response(from: request, context: context)
    }
}
