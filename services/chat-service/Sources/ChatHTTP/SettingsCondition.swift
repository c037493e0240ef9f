import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// `If-Match` on a room, which it needs: asked of the settings alone, the part of the tag before the first point.
///
/// The rest of the tag changes with every message, and nobody could change a lively room over it. What a caller of PATCH
/// or DELETE must have seen are the settings. `If-None-Match` is asked of the whole tag.
struct SettingsCondition {
    static let separator: Character = "."
    private let condition: IfMatch

    /// Fails: `platform.precondition-required` (428).
    init(_ request: Request) throws(Failure) {
        var head = request.head
        head.headerFields[values: .ifMatch] = head.headerFields[values: .ifMatch].map(Self.settings)
        condition = try IfMatch(Request(head: head, body: request.body), required: true)
    }

    /// Fails: `platform.precondition-failed` (412).
    func check(_ room: Room) throws(Failure) {
        try condition.check(ETag("\(room.version)"), shown: RoomBody.etag(of: room))
    }

    /// The field with each tag cut at its first point.
    private static func settings(_ field: String) -> String {
        var (kept, isInside, isCut) = ("", false, false)
        for character in field {
            if character == "\"" {
                isInside.toggle()
                isCut = false
            }
            if isInside, character == separator { isCut = true }
            if !isCut { kept.append(character) }
        }
        return kept
    }
}
