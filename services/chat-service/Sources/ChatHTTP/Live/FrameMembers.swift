import DomainKit
import HTTPKit
import NIOCore

/// What was found in a frame, before it is known which operation it is for: members may come in any order.
///
/// Taken straight from the bytes: a frame is small, flat and comes thousands of times a second, and needs no tree.
struct FrameMembers {
    /// Those that are there, null and wrong ones included.
    private(set) var named: FrameMember.Set = []
    private(set) var op: String?
    private(set) var id: FrameID?
    private(set) var roomID: String?
    private(set) var clientID: String?
    private(set) var body: String?
    private(set) var replyTo: String?
    private(set) var afterSeq: Int64?
    private(set) var afterChange: Int64?
    private(set) var token: String?
    private(set) var seq: Int64?
    private(set) var violations: [Violation] = []

    /// Fails: the text is no JSON object.
    static func read(_ text: ByteBuffer) throws(JSONScanner.Fault) -> FrameMembers {
        try JSONScanner.scan(text) { scanner throws(JSONScanner.Fault) in
            var members = FrameMembers()
            var goesOn = try scanner.enter(.object)
            while goesOn {
                try members.readMember(&scanner)
                goesOn = try scanner.goesOn(in: .object)
            }
            try scanner.end()
            return members
        }
    }

    mutating func note(_ pointer: String, _ code: String, _ detail: String) {
        note(Violation(pointer: pointer, code: code, detail: detail))
    }

    private mutating func note(_ violation: Violation) {
        // One frame may have thousands of wrong members; a few tell enough.
        if violations.count < 16 { violations.append(violation) }
    }
}

// MARK: - One member

extension FrameMembers {
    private mutating func readMember(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        let name = try scanner.name()
        guard let member = FrameMember(name) else {
            let pointer = JSONPath.root.member((try? name.read()) ?? "").pointer
            note(pointer, "unknown-field", "There is no such member.")
            return try scanner.skipValue()
        }
        if named.contains(member) { note(Violation(.duplicate, at: member.pointer)) }
        named.insert(member)
        switch (member, scanner.kind()) {
        case (_, .null) where member.isNullable: try scanner.null()
        case (.id, .number):
            id = try scanner.number().integer.map { .number($0) }
            if id == nil { note(member.pointer, "wrong-type", "Must be \(member.typeName).") }
        case (_, .number) where member.isNumber:
            let number = try scanner.number().integer
            if number ?? -1 < 0 { note(member.pointer, "wrong-type", "Must be an integer from 0.") }
            switch member {
            case .afterSeq: afterSeq = number
            case .afterChange: afterChange = number
            default: seq = number
            }
        case (_, .string) where !member.isNumber: read(try scanner.text(), for: member)
        default:
            try scanner.skipValue()
            note(member.pointer, "wrong-type", "Must be \(member.typeName).")
        }
    }

    private mutating func read(_ text: JSONText, for member: FrameMember) {
        let value: String
        do throws(JSONScanner.Fault) {
            value = try text.read()
        } catch {
            return note(Violation(error, at: member.pointer))
        }
        switch member {
        case .id where value.utf8.count > FrameID.longest:
            note(member.pointer, "too-long", "Must have at most \(FrameID.longest) bytes.")
        case .id: id = .text(value)
        case .op: op = value
        case .roomID: roomID = value
        case .clientID: clientID = value
        case .body: body = value
        case .replyTo: replyTo = value
        case .token: token = value
        case .afterSeq, .afterChange, .seq: break
        }
    }
}
