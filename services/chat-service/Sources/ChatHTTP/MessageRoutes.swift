import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import Hummingbird

/// `/v1/rooms/{id}/messages`.
struct MessageRoutes: Sendable {
    let useCases: ChatUseCases

    /// - Parameters:
    ///   - speaking: limited like all that is said.
    ///   - sending: and repeatable.
    func add(
        to routes: AccessRouter<CallerContext>, speaking: AccessRouter<CallerContext>,
        sending: AccessRouter<CallerContext>
    ) {
        sending.post("/v1/rooms/{id}/messages", .token, use: post)
        routes.get("/v1/rooms/{id}/messages", .token, use: getAll)
        speaking.patch("/v1/rooms/{id}/messages/{message_id}", .token, use: patch)
        routes.delete("/v1/rooms/{id}/messages/{message_id}", .token, use: delete)
    }

    /// 201 with the stored message; 200 with the first one for a repeated `client_id`.
    @Sendable private func post(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let draft = try await request.decode(NewMessageBody.self, limit: 64 * 1_024)
        let (clientID, text) = try draft.checked()
        let sent = try await useCases.send(text, clientID, draft.replyTo, id, caller)
        return JSONResponse(sent.isRepeat ? .ok : .created, MessageBody(message: sent.message))
    }

    /// 200 with the message as it is now.
    @Sendable private func patch(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (room, caller) = (try context.roomID(), try context.userID())
        let id = try context.messageID()
        try request.requireNoQuery()
        let text = try await request.decode(MessageEditBody.self, limit: 64 * 1_024).checked()
        return JSONResponse(.ok, MessageBody(message: try await useCases.edit(id, room, text, caller)))
    }

    @Sendable private func delete(_ request: Request, _ context: CallerContext) async throws -> Response {
        let (room, viewer) = (try context.roomID(), try context.viewer())
        let id = try context.messageID()
        try request.requireNoQuery()
        try await useCases.deleteMessage(id, room, viewer)
        return Response(status: .noContent)
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        let (range, limit) = try HistoryQuery.read(request)
        let (messages, hasMore) = try await useCases.history(id, range, limit, viewer)
        let next = hasMore ? HistoryQuery.cursor(after: messages, range) : nil
        return JSONResponse(.ok, Page(items: messages.map { MessageBody(message: $0) }, next: next))
    }
}
