import ChatDomain
import DomainKit
import NIOCore

/// Reads one client frame, strictly: members nobody asked for, repeats, wrong types and missing members are named.
struct ClientFrameReader {
    private var members: FrameMembers

    static func read(_ text: ByteBuffer) throws(ClientFrameError) -> ClientFrame {
        guard let members = try? FrameMembers.read(text), members.named.contains(.op) else { throw .notAFrame }
        var reader = ClientFrameReader(members: members)
        guard let frame = reader.frame(), reader.members.violations.isEmpty else {
            throw .invalid(members.id, reader.members.violations)
        }
        return frame
    }

    /// Nil when something was noted that leaves no frame.
    private mutating func frame() -> ClientFrame? {
        switch members.op {
        case "send": return send()
        case "subscribe": return subscribe()
        case "unsubscribe":
            only([.id, .roomID])
            return both(id(), room()).map { .unsubscribe($0, $1) }
        case "ping":
            only([.id])
            return id().map { .ping($0) }
        case "typing":
            only([.id, .roomID])
            return room().map { .typing($0) }
        case "read":
            only([.id, .roomID, .seq])
            return both(room(), required(.seq, members.seq)).map { .read($0, seq: $1) }
        case "auth":
            only([.id, .token])
            return both(id(), required(.token, members.token)).map { .auth($0, token: $1) }
        case .some: members.note("/op", "unknown-op", "There is no such operation.")
        // Its type is wrong, which has been noted.
        case nil: break
        }
        return nil
    }

    private mutating func send() -> ClientFrame? {
        only([.id, .roomID, .clientID, .body, .replyTo])
        let (id, room) = (id(), room())
        let clientID = valid(.clientID, members.clientID, ClientID.init(_:))
        let body = valid(.body, members.body, MessageText.init(_:))
        let replyTo = members.replyTo.map { MessageID($0) }
        if case .some(.none) = replyTo { members.note("/reply_to", "wrong-type", "Must be a UUID.") }
        guard let id, let room, let clientID, let body else { return nil }
        return .send(id, room, clientID, body, replyTo: replyTo ?? nil)
    }

    private mutating func subscribe() -> ClientFrame? {
        only([.id, .roomID, .afterSeq, .afterChange])
        return both(id(), room()).map {
            .subscribe($0, $1, afterSeq: members.afterSeq, afterChange: members.afterChange)
        }
    }
}

// MARK: - Members of a frame

extension ClientFrameReader {
    private mutating func only(_ allowed: FrameMember.Set) {
        for member in FrameMember.allCases
        where members.named.contains(member) && member != .op && !allowed.contains(member) {
            members.note(member.pointer, "unknown-field", "This operation has no such member.")
        }
    }

    private mutating func required<Value>(_ member: FrameMember, _ value: Value?) -> Value? {
        if value == nil, !members.named.contains(member) {
            members.note(member.pointer, "required", "This member is missing.")
        }
        return value
    }

    private mutating func id() -> FrameID? { required(.id, members.id) }

    private mutating func room() -> RoomID? {
        guard let text = required(.roomID, members.roomID) else { return nil }
        if let room = RoomID(text) { return room }
        members.note("/room_id", "wrong-type", "Must be a UUID.")
        return nil
    }

    private mutating func valid<Value>(
        _ member: FrameMember, _ text: String?, _ make: (String) throws(Violation) -> Value
    ) -> Value? {
        guard let text = required(member, text) else { return nil }
        do {
            return try make(text)
        } catch {
            members.note(member.pointer, error.code, error.detail)
            return nil
        }
    }

    private func both<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
        guard let a, let b else { return nil }
        return (a, b)
    }
}
