import AuthKit
import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import Hummingbird

/// `/v1/rooms` and `/v1/rooms/{id}`.
struct RoomRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>, opening: AccessRouter<CallerContext>) {
        opening.post("/v1/rooms", .token, use: post)
        routes.get("/v1/rooms", .token, use: getAll)
        routes.get("/v1/rooms/{id}", .token, use: get)
        routes.patch("/v1/rooms/{id}", .token, use: patch)
        routes.delete("/v1/rooms/{id}", .token, use: remove)
    }

    @Sendable private func post(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let caller = try context.viewer()
        try request.requireNoQuery()
        let body = try await request.decode(NewRoomBody.self, limit: 16 * 1_024).checked()
        let room = try await useCases.createRoom(body.name, body.kind, context.effectID, caller)
        return JSONResponse(.created, room: room, headers: [.location: "/v1/rooms/\(room.id)"])
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        var query = try QueryReader(request)
        let page = query.page()
        let member = query.string("member")
        let text = query.string("q", maximum: RoomName.longest)
        if let member, member != "me" { query.note("member", "not-acceptable", "This parameter must be: me.") }
        try query.done()
        let filter = RoomFilter(isMember: member != nil, nameContains: text?.isEmpty == true ? nil : text)
        let rooms = try await useCases.listRooms(filter, page, try context.viewer())
        return JSONResponse(.ok, rooms.map { RoomBody(room: $0) })
    }

    @Sendable private func get(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        try request.requireNoQuery()
        return JSONResponse(.ok, room: try await useCases.readRoom(try context.roomID(), try context.viewer()))
    }

    @Sendable private func patch(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        let change = try await request.decode(RoomChangesBody.self, limit: 16 * 1_024).checked()
        let room = try await useCases.changeRoom(id, change, caller) { room throws(Failure) in
            try condition.check(room)
        }
        return JSONResponse(.ok, room: room)
    }

    @Sendable private func remove(_ request: Request, _ context: CallerContext) async throws -> Response {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        try await useCases.deleteRoom(id, caller) { room throws(Failure) in try condition.check(room) }
        return Response(status: .noContent)
    }
}
