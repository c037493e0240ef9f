import ChatDomain

/// The members client frames are made of.
enum FrameMember: UInt8, CaseIterable {
    case op, id, roomID, clientID, body, replyTo, afterSeq, token

    init?(_ name: UnsafeBufferPointer<UInt8>) {
        for member in Self.allCases where member.name.utf8CodeUnitCount == name.count {
            if member.name.withUTF8Buffer({ $0.elementsEqual(name) }) {
                self = member
                return
            }
        }
        return nil
    }

    init?(text: String) {
        var text = text
        guard let member = text.withUTF8({ FrameMember($0) }) else { return nil }
        self = member
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
        case .token: "token"
        }
    }

    var pointer: String { "/\(name)" }

    /// Null says the same as leaving it out.
    var isNullable: Bool { self == .replyTo || self == .afterSeq }

    var typeName: String {
        switch self {
        case .id: "an integer or a text"
        case .afterSeq: "an integer"
        default: "a text"
        }
    }

    struct Set: ExpressibleByArrayLiteral {
        private var bits: UInt8 = 0

        init(arrayLiteral elements: FrameMember...) {
            for element in elements { insert(element) }
        }

        func contains(_ member: FrameMember) -> Bool { bits & (1 << member.rawValue) != 0 }

        mutating func insert(_ member: FrameMember) { bits |= 1 << member.rawValue }
    }
}

/// What was found in a frame, before it is known which operation it is for: members may come in any order.
struct FrameMembers {
    /// Those that are there, null ones included.
    var named: FrameMember.Set = []
    var op: String?
    var id: FrameID?
    var roomID: String?
    var clientID: String?
    var body: String?
    var replyTo: String?
    var afterSeq: Int64?
    var token: String?
}
