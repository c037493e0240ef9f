import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// `/v1/rooms/direct/{user_id}`.
struct DirectRoomRoutes: Sendable {
    let useCases: ChatUseCases

    /// - Parameter routes: limited like all that opens rooms.
    func add(to routes: AccessRouter<CallerContext>) {
        routes.put("/v1/rooms/direct/{user_id}", .token, use: put)
    }

    /// 201 with the new room, 200 with the one there was.
    @Sendable private func put(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (user, caller) = (try context.memberID(), try context.viewer())
        try request.requireNoQuery()
        let opened = try await useCases.openDirect(user, caller)
        return JSONResponse(
            opened.isNew ? .created : .ok, room: opened.room, headers: [.location: "/v1/rooms/\(opened.room.id)"])
    }
}
