import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// `/v1/rooms/{id}/bans`.
struct BanRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/rooms/{id}/bans", .token, use: getAll)
        routes.put("/v1/rooms/{id}/bans/{user_id}", .token, use: put)
        routes.delete("/v1/rooms/{id}/bans/{user_id}", .token, use: delete)
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listBans(id, page, viewer).map { BanBody(ban: $0) })
    }

    /// 201 for a new ban; 200 for one that was there, with the reason and the end that it has now.
    @Sendable private func put(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, user, caller) = (try context.roomID(), try context.memberID(), try context.userID())
        try request.requireNoQuery()
        let body = try await request.decode(NewBanBody.self, limit: 16 * 1_024)
        let made = try await useCases.ban(user, id, try body.checked(), body.until, caller)
        return JSONResponse(made.isNew ? .created : .ok, BanBody(ban: made.ban))
    }

    @Sendable private func delete(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await useCases.liftBan(try context.memberID(), try context.roomID(), try context.userID())
        return Response(status: .noContent)
    }
}
