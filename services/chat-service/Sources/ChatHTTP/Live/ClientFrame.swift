import ChatDomain
import DomainKit

/// What a client may say on the socket (contract §4.1).
enum ClientFrame: Sendable, Hashable {
    case auth(FrameID, token: String)
    /// With what the client has of the room; nil where it asks for nothing that was before.
    case subscribe(FrameID, RoomID, afterSeq: Int64?, afterChange: Int64?)
    case unsubscribe(FrameID, RoomID)
    case send(FrameID, RoomID, ClientID, MessageText, replyTo: MessageID?)
    case typing(RoomID)
    case read(RoomID, seq: Int64)
    case ping(FrameID)
}

/// The name a client gives a frame, told back in the answer to it: an integer, or a text of at most 64 bytes.
enum FrameID: Sendable, Hashable {
    case number(Int64)
    case text(String)

    static let longest = 64
}

/// Why a frame is not carried out.
enum ClientFrameError: Error {
    /// No JSON object, or one that names no operation: the socket is closed with 4400.
    case notAFrame
    /// Something is wrong with a member: answered with an error frame, to its `id` where it has one.
    case invalid(FrameID?, [Violation])
}
