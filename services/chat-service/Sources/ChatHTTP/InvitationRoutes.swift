import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// `/v1/rooms/{id}/invitations`.
struct InvitationRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.post("/v1/rooms/{id}/invitations", .token, use: post)
        routes.get("/v1/rooms/{id}/invitations", .token, use: getAll)
        routes.delete("/v1/rooms/{id}/invitations/{invitation_id}", .token, use: delete)
    }

    /// 201 with the token, which no other answer has.
    @Sendable private func post(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let new = try await request.decode(NewInvitationBody.self, limit: 4 * 1_024).checked()
        let made = try await useCases.invite(id, new, context.effectID, caller)
        return JSONResponse(.created, InvitationBody(invitation: made.invitation, token: made.token))
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        let found = try await useCases.listInvitations(id, page, viewer)
        return JSONResponse(.ok, found.map { InvitationBody(invitation: $0, token: nil) })
    }

    @Sendable private func delete(_ request: Request, _ context: CallerContext) async throws -> Response {
        let (room, caller) = (try context.roomID(), try context.userID())
        let id = try context.invitationID()
        try request.requireNoQuery()
        try await useCases.withdrawInvitation(id, room, caller)
        return Response(status: .noContent)
    }
}
