public import AuthKit
public import ChatDomain
import DomainKit
import Foundation
import HTTPKit
public import Hummingbird

/// `/v1/rooms` and `/v1/rooms/{id}`.
public struct RoomRoutes: Sendable {
    private typealias Condition = (Room) throws(Failure) -> Void

    private let create: @Sendable (RoomName, Room.Kind, UUID?, UserID) async throws(Failure) -> Room
    private let list: @Sendable (RoomFilter, PageRequest, Viewer) async throws(Failure) -> Page<Room>
    private let read: @Sendable (RoomID, Viewer) async throws(Failure) -> Room
    private let change: @Sendable (RoomID, RoomName?, Room.Kind?, UserID, Condition) async throws(Failure) -> Room
    private let delete: @Sendable (RoomID, UserID, Condition) async throws(Failure) -> Void

    public init<Rooms, Events>(
        create: CreateRoom<Rooms>, list: ListRooms<Rooms>, read: ReadRoom<Rooms>, change: ChangeRoom<Rooms, Events>,
        delete: DeleteRoom<Rooms, Events>
    ) {
        self.create = { name, kind, id, caller throws(Failure) in
            try await create(name: name, kind: kind, id: id, as: caller)
        }
        self.list = { filter, page, viewer throws(Failure) in try await list(filter, page, as: viewer) }
        self.read = { id, viewer throws(Failure) in try await read(id, as: viewer) }
        self.change = { id, name, kind, caller, condition throws(Failure) in
            try await change(id, name: name, kind: kind, as: caller, precondition: condition)
        }
        self.delete = { id, caller, condition throws(Failure) in
            try await delete(id, as: caller, precondition: condition)
        }
    }

    public func add(to router: some RouterMethods<CallerContext>) {
        router.post("/v1/rooms", use: post)
        router.get("/v1/rooms", use: getAll)
        router.get("/v1/rooms/{id}", use: get)
        router.patch("/v1/rooms/{id}", use: patch)
        router.delete("/v1/rooms/{id}", use: remove)
    }

    @Sendable private func post(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let caller = try context.userID()
        try request.requireNoQuery()
        let body = try await request.decode(NewRoomBody.self, limit: 16 * 1_024).checked()
        let room = try await create(body.name, body.kind, context.effectID, caller)
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
        return JSONResponse(.ok, try await list(filter, page, try context.viewer()).map { RoomBody(room: $0) })
    }

    @Sendable private func get(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        try request.requireNoQuery()
        return JSONResponse(.ok, room: try await read(try context.roomID(), try context.viewer()))
    }

    @Sendable private func patch(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        let body = try await request.decode(RoomChangesBody.self, limit: 16 * 1_024).checked()
        let room = try await change(id, body.name, body.kind, caller) { room throws(Failure) in
            try condition.check(room)
        }
        return JSONResponse(.ok, room: room)
    }

    @Sendable private func remove(_ request: Request, _ context: CallerContext) async throws -> Response {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        try await delete(id, caller) { room throws(Failure) in try condition.check(room) }
        return Response(status: .noContent)
    }
}
