public import DomainKit
public import Foundation

public typealias InvitationID = ID<Invitation>

/// A link into a room, for whoever has its token.
public struct Invitation: Sendable, Hashable {
    public let id: InvitationID
    public let roomID: RoomID
    /// How often it still lets somebody in; nil is as often as it is used.
    public let usesLeft: Int?
    /// Nil is never.
    public let expiresAt: Date?
    public let by: UserID
    public let at: Date

    public init(id: InvitationID, roomID: RoomID, usesLeft: Int?, expiresAt: Date?, by: UserID, at: Date) {
        self.id = id
        self.roomID = roomID
        self.usesLeft = usesLeft
        self.expiresAt = expiresAt
        self.by = by
        self.at = at
    }

    /// As many as one link may let in where it says how many.
    public static let mostUses = 100_000
    /// As many links as a room has at a time.
    public static let mostOfRoom = 100
}

/// What is in the link: 256 bits at random, which are told once and kept nowhere.
public struct InvitationToken: Sendable, Hashable, CustomStringConvertible {
    private static let length = 43
    public let description: String

    public init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        description = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    public init(_ text: String) throws(Violation) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.isAllowed) else {
            throw Violation(code: "wrong-format", detail: "Must be the token of an invitation.")
        }
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
