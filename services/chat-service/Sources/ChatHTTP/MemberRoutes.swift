import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// `/v1/rooms/{id}/members`.
struct MemberRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.put("/v1/rooms/{id}/members/me", .token, use: putMe)
        routes.delete("/v1/rooms/{id}/members/me", .token, use: deleteMe)
        routes.get("/v1/rooms/{id}/members", .token, use: getAll)
        routes.put("/v1/rooms/{id}/members/{user_id}", .token, use: putUser)
        routes.delete("/v1/rooms/{id}/members/{user_id}", .token, use: deleteUser)
    }

    @Sendable private func putMe(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let invitation = try await JoiningBody.invitation(in: request)
        return JSONResponse(added: try await useCases.join(id, invitation, caller))
    }

    @Sendable private func deleteMe(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await useCases.leave(try context.roomID(), try context.userID())
        return Response(status: .noContent)
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listMembers(id, page, viewer).map { MemberBody(member: $0) })
    }

    @Sendable private func putUser(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, user, caller) = (try context.roomID(), try context.memberID(), try context.userID())
        try request.requireNoQuery()
        let role = try await request.decode(MembershipBody.self, limit: 4 * 1_024).checked()
        return JSONResponse(added: try await useCases.putMember(user, id, role, caller))
    }

    @Sendable private func deleteUser(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await useCases.removeMember(try context.memberID(), try context.roomID(), try context.userID())
        return Response(status: .noContent)
    }
}
