import ChatDomain
import DomainKit
import NIOCore

/// Why a frame is not carried out.
enum ClientFrameError: Error {
    /// No JSON object at all: the socket is closed with 4400.
    case notAFrame
    /// A JSON object that is no frame of ours: answered with an error frame, to its `id` where it has one.
    case invalid(FrameID?, [Violation])
}

/// Reads one client frame, strictly: members nobody asked for, repeats, wrong types and missing members are named.
struct ClientFrameReader {
    private static let digit = UInt8(ascii: "0")

    private var members = FrameMembers()
    private var violations: [Violation] = []

    static func read(_ text: ByteBuffer) throws(ClientFrameError) -> ClientFrame {
        do {
            return try text.withUnsafeReadableBytes { raw throws(ClientFrameError) in
                try raw.withMemoryRebound(to: UInt8.self) { bytes throws(ClientFrameError) in
                    var reader = ClientFrameReader()
                    do {
                        try reader.scan(bytes)
                    } catch {
                        throw .notAFrame
                    }
                    return try reader.frame()
                }
            }
        }
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) throws(FrameScanner.Malformed) {
        var scanner = FrameScanner(bytes)
        try scanner.expect(UInt8(ascii: "{"))
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                let (raw, isEscaped) = try scanner.rawString()
                // No name of ours needs an escape, and hardly any has one.
                let unescaped = isEscaped ? try FrameScanner.unescaped(raw) : nil
                let name = unescaped.map { FrameMember(text: $0) } ?? FrameMember(raw)
                try scanner.expect(UInt8(ascii: ":"))
                if let name {
                    try read(name, from: &scanner)
                } else {
                    let text = String((unescaped ?? String(decoding: raw, as: UTF8.self)).prefix(64))
                    note("/\(text)", "unknown-field", "There is no such member.")
                    try scanner.skipValue()
                }
            } while scanner.take(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "}"))
        }
        if scanner.peek() != nil { throw FrameScanner.Malformed() }
    }

    private mutating func read(
        _ name: FrameMember, from scanner: inout FrameScanner
    ) throws(FrameScanner.Malformed) {
        if members.named.contains(name) {
            note(name.pointer, "duplicate-field", "This member is there more than once.")
        }
        members.named.insert(name)
        let isNull = scanner.peek() == UInt8(ascii: "n")
        if isNull, name.isNullable {
            try scanner.literal("null")
            return
        }
        // A digit or a minus sign begins a number, whichever it is.
        let start = scanner.peek().map { $0 == UInt8(ascii: "-") || ($0 >= 0x30 && $0 <= 0x39) ? Self.digit : $0 }
        switch (name, start) {
        case (.id, UInt8(ascii: "\"")):
            let text = try scanner.string()
            if text.utf8.count > FrameID.longest {
                note(name.pointer, "too-long", "Must have at most \(FrameID.longest) bytes.")
            } else if text.utf8.contains(0) {
                note(name.pointer, "invalid-text", "Must not hold U+0000.")
            } else {
                members.id = .text(text)
            }
        case (.id, Self.digit):
            members.id = try scanner.integer().map { .number($0) }
            if members.id == nil { note(name.pointer, "wrong-type", "Must be an integer or a text.") }
        case (.afterSeq, Self.digit):
            members.afterSeq = try scanner.integer()
            if members.afterSeq ?? -1 < 0 { note(name.pointer, "wrong-type", "Must be an integer from 0.") }
        case (.op, UInt8(ascii: "\"")): members.op = try scanner.string()
        case (.roomID, UInt8(ascii: "\"")): members.roomID = try scanner.string()
        case (.clientID, UInt8(ascii: "\"")): members.clientID = try scanner.string()
        case (.body, UInt8(ascii: "\"")): members.body = try scanner.string()
        case (.replyTo, UInt8(ascii: "\"")): members.replyTo = try scanner.string()
        case (.token, UInt8(ascii: "\"")): members.token = try scanner.string()
        default:
            try scanner.skipValue()
            note(name.pointer, "wrong-type", "Must be \(name.typeName).")
        }
    }

    private mutating func note(_ pointer: String, _ code: String, _ detail: String) {
        // One frame may have thousands of wrong members; a few tell enough.
        if violations.count < 16 { violations.append(Violation(pointer: pointer, code: code, detail: detail)) }
    }
}

// MARK: - From members to a frame

extension ClientFrameReader {
    private mutating func frame() throws(ClientFrameError) -> ClientFrame {
        guard let op = members.op else {
            if violations.isEmpty { note("/op", "required", "This member is missing.") }
            throw .invalid(members.id, violations)
        }
        let frame: ClientFrame?
        switch op {
        case "send": frame = send()
        case "subscribe": frame = subscribe()
        case "unsubscribe":
            only([.id, .roomID])
            frame = both(id(), room()).map { .unsubscribe($0, $1) }
        case "ping":
            only([.id])
            frame = id().map { .ping($0) }
        case "typing":
            only([.id, .roomID])
            frame = room().map { .typing($0) }
        case "auth":
            only([.id, .token])
            frame = both(id(), required(.token, members.token)).map { .auth($0, token: $1) }
        default:
            note("/op", "unknown-op", "There is no such operation.")
            frame = nil
        }
        guard let frame, violations.isEmpty else { throw .invalid(members.id, violations) }
        return frame
    }

    private mutating func send() -> ClientFrame? {
        only([.id, .roomID, .clientID, .body, .replyTo])
        let (id, room) = (id(), room())
        let clientID = valid(.clientID, members.clientID, ClientID.init(_:))
        let body = valid(.body, members.body, MessageText.init(_:))
        let replyTo = members.replyTo.map { MessageID($0) }
        if case .some(.none) = replyTo { note("/reply_to", "wrong-type", "Must be a UUID.") }
        guard let id, let room, let clientID, let body else { return nil }
        return .send(id, room, clientID, body, replyTo: replyTo ?? nil)
    }

    private mutating func subscribe() -> ClientFrame? {
        only([.id, .roomID, .afterSeq])
        return both(id(), room()).map { .subscribe($0, $1, afterSeq: members.afterSeq) }
    }

    private mutating func only(_ allowed: FrameMember.Set) {
        for name in FrameMember.allCases where members.named.contains(name) && name != .op && !allowed.contains(name) {
            note(name.pointer, "unknown-field", "This operation has no such member.")
        }
    }

    private mutating func required<Value>(_ name: FrameMember, _ value: Value?) -> Value? {
        if value == nil, !members.named.contains(name) { note(name.pointer, "required", "This member is missing.") }
        return value
    }

    private mutating func id() -> FrameID? { required(.id, members.id) }

    private mutating func room() -> RoomID? {
        guard let text = required(.roomID, members.roomID) else { return nil }
        if let room = RoomID(text) { return room }
        note("/room_id", "wrong-type", "Must be a UUID.")
        return nil
    }

    private mutating func valid<Value>(
        _ name: FrameMember, _ text: String?, _ make: (String) throws(Violation) -> Value
    ) -> Value? {
        guard let text = required(name, text) else { return nil }
        do {
            return try make(text)
        } catch {
            note(name.pointer, error.code, error.detail)
            return nil
        }
    }

    private func both<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
        guard let a, let b else { return nil }
        return (a, b)
    }
}
