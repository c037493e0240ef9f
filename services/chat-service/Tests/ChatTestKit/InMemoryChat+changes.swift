public import ChatDomain
public import DomainKit
import Foundation

extension InMemoryChat {
    public func change(
        _ id: MessageID, in room: RoomID, to body: MessageText?, as caller: UserID, if rule: MessageRule
    ) async throws(Failure) -> MessageChangeOutcome {
        let now = clock.now.inMilliseconds
        return try with { state throws(Failure) in state.change(id, in: room, to: body, as: caller, if: rule, at: now) }
    }

    public func changes(
        in room: RoomID, after change: Int64, limit: Int
    ) async throws(Failure) -> [RoomChangeEntry] {
        try with { state throws(Failure) in
            let numbered = zip(1..., state.changes[room] ?? []).filter { Int64($0.0) > change }.prefix(limit)
            return numbered.compactMap { number, change -> RoomChangeEntry? in
                switch change {
                case .message(let seq):
                    return state.logs[room]?.first { $0.seq == seq }.map {
                        .message(MessageChange(change: Int64(number), message: $0))
                    }
                case .notice(.settingsChanged):
                    return state.rooms[room].map {
                        .room(RoomNotice(.settingsChanged($0.settings), in: room, change: Int64(number)))
                    }
                case .notice(let event): return .room(RoomNotice(event, in: room, change: Int64(number)))
                }
            }
        }
    }
}

extension InMemoryChat.State {
    fileprivate mutating func change(
        _ id: MessageID, in room: RoomID, to body: MessageText?, as caller: UserID, if rule: MessageRule, at now: Date
    ) -> MessageChangeOutcome {
        guard let found = rooms[room] else { return .hidden }
        let role = role(of: caller, in: room)
        guard role != nil || rule.isForAll else { return found.kind.isShown(to: nil) ? .notAMember : .hidden }
        guard let place = logs[room]?.firstIndex(where: { $0.id == id }), let said = logs[room]?[place] else {
            return .noSuchMessage
        }
        guard said.senderID == caller || rule.isForAll || role.map(rule.roles.contains) == true else { return .refused }
        if said.deletedAt != nil { return .deleted }
        if said.body == body { return .unchanged(said) }
        let changed = Message(
            id: said.id, roomID: room, seq: said.seq, senderID: said.senderID, clientID: said.clientID,
            body: body ?? MessageText(stored: ""), sentAt: said.sentAt, editedAt: body == nil ? said.editedAt : now,
            deletedAt: body == nil ? now : nil, replyTo: said.replyTo)
        logs[room]?[place] = changed
        return .made(MessageChange(change: note(.message(said.seq), in: room), message: changed))
    }
}
