import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import Hummingbird

/// `/v1/rooms/{id}/read` and `/v1/me/unread`.
struct ReadRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.put("/v1/rooms/{id}/read", .token, use: put)
        routes.get("/v1/rooms/{id}/read", .token, use: getAll)
        routes.get("/v1/me/unread", .token, use: getUnread)
    }

    /// 200 with the mark as it is now.
    @Sendable private func put(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let seq = try await request.decode(NewReadMarkBody.self, limit: 4 * 1_024).checked()
        return JSONResponse(.ok, ReadMarkBody(mark: try await useCases.markRead(seq, id, caller)))
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listReadMarks(id, page, viewer).map { ReadMarkBody(mark: $0) })
    }

    @Sendable private func getUnread(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        try request.requireNoQuery()
        return JSONResponse(.ok, UnreadBody(rooms: try await useCases.countUnread(try context.userID())))
    }
}
