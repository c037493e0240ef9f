public import AuthKit
public import ChatDomain
import DomainKit
import HTTPKit
public import Hummingbird

/// `/v1/rooms/{id}/messages`.
public struct MessageRoutes: Sendable {
    private let send:
        @Sendable (MessageText, ClientID, MessageID?, RoomID, UserID) async throws(Failure)
            -> (message: Message, isRepeat: Bool)
    private let history:
        @Sendable (RoomID, HistoryRange, Int, Viewer) async throws(Failure) -> (messages: [Message], hasMore: Bool)

    public init<Log, Events>(send: SendMessage<Log, Events>, history: ReadHistory<Log>) {
        self.send = { text, clientID, replyTo, room, caller throws(Failure) in
            try await send(text, clientID: clientID, replyTo: replyTo, in: room, as: caller)
        }
        self.history = { room, range, limit, viewer throws(Failure) in
            try await history(of: room, range, limit: limit, as: viewer)
        }
    }

    public func add(to router: some RouterMethods<CallerContext>) {
        router.post("/v1/rooms/{id}/messages", use: post)
        router.get("/v1/rooms/{id}/messages", use: getAll)
    }

    /// 201 with the stored message; 200 with the first one for a repeated `client_id`.
    @Sendable private func post(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, caller) = (try context.roomID(), try context.userID())
        try request.requireNoQuery()
        let draft = try await request.decode(NewMessageBody.self, limit: 64 * 1_024)
        let (clientID, text) = try draft.checked()
        let sent = try await send(text, clientID, draft.replyTo, id, caller)
        return JSONResponse(sent.isRepeat ? .ok : .created, MessageBody(message: sent.message))
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        let (range, limit) = try HistoryQuery.read(request)
        let (messages, hasMore) = try await history(id, range, limit, viewer)
        let next = hasMore ? HistoryQuery.cursor(after: messages, range) : nil
        return JSONResponse(.ok, Page(items: messages.map { MessageBody(message: $0) }, next: next))
    }
}
