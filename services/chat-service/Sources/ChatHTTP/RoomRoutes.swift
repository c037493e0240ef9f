public import AuthKit
public import ChatDomain
import DomainKit
import HTTPKit
public import Hummingbird

/// `/v1/rooms` and `/v1/rooms/{id}`.
public struct RoomRoutes<Rooms: RoomStore, Events: RoomEvents>: Sendable {
    private let create: CreateRoom<Rooms>
    private let list: ListRooms<Rooms>
    private let read: ReadRoom<Rooms>
    private let change: ChangeRoom<Rooms, Events>
    private let delete: DeleteRoom<Rooms, Events>

    public init(
        create: CreateRoom<Rooms>, list: ListRooms<Rooms>, read: ReadRoom<Rooms>, change: ChangeRoom<Rooms, Events>,
        delete: DeleteRoom<Rooms, Events>
    ) {
        self.create = create
        self.list = list
        self.read = read
        self.change = change
        self.delete = delete
    }

    public func add(to router: some RouterMethods<ServiceContext>) {
        router.post("/v1/rooms", use: post)
        router.get("/v1/rooms", use: getAll)
        router.get("/v1/rooms/{id}", use: get)
        router.patch("/v1/rooms/{id}", use: patch)
        router.delete("/v1/rooms/{id}", use: remove)
    }

    @Sendable private func post(_ request: Request, _ context: ServiceContext) async throws -> JSONResponse {
        let caller = try context.userID()
        try request.requireNoQuery()
        let body = try await request.decode(NewRoomBody.self, limit: 16 * 1_024).checked()
        let room = try await create(name: body.name, kind: body.kind, id: context.effectID, as: caller)
        return JSONResponse(.created, room: room, headers: [.location: "/v1/rooms/\(room.id)"])
    }

    @Sendable private func getAll(_ request: Request, _ context: ServiceContext) async throws -> JSONResponse {
        var query = try QueryReader(request)
        let page = query.page()
        let member = query.string("member")
        let text = query.string("q", maximum: RoomName.longest)
        if let member, member != "me" { query.note("member", "not-acceptable", "This parameter must be: me.") }
        try query.done()
        let filter = RoomFilter(isMember: member != nil, nameContains: text?.isEmpty == true ? nil : text)
        return JSONResponse(.ok, try await list(filter, page, as: try context.viewer()).map { RoomBody(room: $0) })
    }

    @Sendable private func get(_ request: Request, _ context: ServiceContext) async throws -> JSONResponse {
        try request.requireNoQuery()
        return JSONResponse(.ok, room: try await read(try context.roomID(), as: try context.viewer()))
    }

    @Sendable private func patch(_ request: Request, _ context: ServiceContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        let body = try await request.decode(RoomChangesBody.self, limit: 16 * 1_024).checked()
        let room = try await change(id, name: body.name, kind: body.kind, as: caller) { room throws(Failure) in
            try condition.check(room)
        }
        return JSONResponse(.ok, room: room)
    }

    @Sendable private func remove(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let condition = try SettingsCondition(request)
        try await delete(id, as: caller) { room throws(Failure) in try condition.check(room) }
        return Response(status: .noContent)
    }
}
