public import AuthKit
public import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
public import Hummingbird

/// `/v1/rooms/{id}/members`.
public struct MemberRoutes: Sendable {
    private let join: @Sendable (RoomID, UserID) async throws(Failure) -> AddedMember
    private let leave: @Sendable (RoomID, UserID) async throws(Failure) -> Void
    private let list: @Sendable (RoomID, PageRequest, Viewer) async throws(Failure) -> Page<Member>
    private let put: @Sendable (UserID, RoomID, RoomRole, UserID) async throws(Failure) -> AddedMember
    private let remove: @Sendable (UserID, RoomID, UserID) async throws(Failure) -> Void

    public init<Members, Events>(
        join: JoinRoom<Members, Events>, leave: LeaveRoom<Members, Events>, list: ListMembers<Members>,
        put: PutMember<Members, Events>, remove: RemoveMember<Members, Events>
    ) {
        self.join = { id, caller throws(Failure) in try await join(id, as: caller) }
        self.leave = { id, caller throws(Failure) in try await leave(id, as: caller) }
        self.list = { id, page, viewer throws(Failure) in try await list(of: id, page, as: viewer) }
        self.put = { user, id, role, caller throws(Failure) in
            try await put(user, in: id, role: role, as: caller)
        }
        self.remove = { user, id, caller throws(Failure) in try await remove(user, from: id, as: caller) }
    }

    public func add(to router: some RouterMethods<CallerContext>) {
        router.put("/v1/rooms/{id}/members/me", use: putMe)
        router.delete("/v1/rooms/{id}/members/me", use: deleteMe)
        router.get("/v1/rooms/{id}/members", use: getAll)
        router.put("/v1/rooms/{id}/members/{user_id}", use: putUser)
        router.delete("/v1/rooms/{id}/members/{user_id}", use: deleteUser)
    }

    @Sendable private func putMe(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        try request.requireNoQuery()
        return JSONResponse(added: try await join(try context.roomID(), try context.userID()))
    }

    @Sendable private func deleteMe(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await leave(try context.roomID(), try context.userID())
        return Response(status: .noContent)
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await list(id, page, viewer).map { MemberBody(member: $0) })
    }

    @Sendable private func putUser(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, user, caller) = (try context.roomID(), try context.memberID(), try context.userID())
        try request.requireNoQuery()
        let role = try await request.decode(MembershipBody.self, limit: 4 * 1_024).checked()
        return JSONResponse(added: try await put(user, id, role, caller))
    }

    @Sendable private func deleteUser(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await remove(try context.memberID(), try context.roomID(), try context.userID())
        return Response(status: .noContent)
    }
}
