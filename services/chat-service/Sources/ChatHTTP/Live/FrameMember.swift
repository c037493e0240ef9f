import HTTPKit

/// The members client frames are made of.
enum FrameMember: UInt8, CaseIterable {
    case op, id, roomID, clientID, body, replyTo, afterSeq, afterChange, token, seq

    init?(_ name: JSONText) {
        // No name of ours needs an escape, and hardly any has one.
        if name.hasEscapes {
            guard var text = try? name.read(), let member = text.withUTF8(Self.named) else { return nil }
            self = member
        } else {
            guard let member = Self.named(name.written) else { return nil }
            self = member
        }
    }

    private static func named(_ name: UnsafeBufferPointer<UInt8>) -> FrameMember? {
        allCases.first { member in
            member.name.utf8CodeUnitCount == name.count && member.name.withUTF8Buffer { $0.elementsEqual(name) }
        }
    }

    var name: StaticString {
        switch self {
        case .op: "op"
        case .id: "id"
        case .roomID: "room_id"
        case .clientID: "client_id"
        case .body: "body"
        case .replyTo: "reply_to"
        case .afterSeq: "after_seq"
        case .afterChange: "after_change"
        case .token: "token"
        case .seq: "seq"
        }
    }

    var pointer: String { "/\(name)" }

    /// Null says the same as leaving it out.
    var isNullable: Bool { self == .replyTo || self == .afterSeq || self == .afterChange }

    /// An integer from 0.
    var isNumber: Bool { self == .afterSeq || self == .afterChange || self == .seq }

    var typeName: String {
        switch self {
        case .id: "an integer or a text"
        case .afterSeq, .afterChange, .seq: "an integer"
        default: "a text"
        }
    }

    struct Set: ExpressibleByArrayLiteral {
        private var bits: UInt16 = 0

        init(arrayLiteral elements: FrameMember...) {
            for element in elements { insert(element) }
        }

        func contains(_ member: FrameMember) -> Bool { bits & (1 << member.rawValue) != 0 }

        mutating func insert(_ member: FrameMember) { bits |= 1 << member.rawValue }
    }
}
