public import DomainKit
public import Foundation

/// Every failure this service can raise beside those of the platform.
extension Failure {
    /// There is no such room, or the caller may not know that there is.
    public static func roomNotFound(_ room: RoomID) -> Failure {
        Failure(.notFound, code: "chat.room-not-found", message: "There is no such room.").noting("room_id", room)
    }

    /// The room is public and the caller has not joined it.
    public static func notAMember(of room: RoomID) -> Failure {
        Failure(.forbidden, code: "chat.not-a-member", message: "Join the room first.").noting("room_id", room)
    }

    /// The caller's role in the room does not allow it.
    public static func roleTooLow(in room: RoomID) -> Failure {
        Failure(.forbidden, code: "chat.role-too-low", message: "Your role in this room does not allow this.")
            .noting("room_id", room)
    }

    public static func memberNotFound(_ user: UserID, in room: RoomID) -> Failure {
        Failure(.notFound, code: "chat.member-not-found", message: "This user is not in the room.")
            .noting("room_id", room).noting("user_id", user)
    }

    /// The room's moderators keep the caller out; until when is told where it ends by itself.
    public static func bannedFromRoom(_ room: RoomID, until: Date?) -> Failure {
        Failure(
            .forbidden, code: "chat.banned-from-room", message: "You have been banned from this room.",
            extensions: until.map { ["until": .text(RFC3339.string(from: $0))] } ?? [:]
        ).noting("room_id", room)
    }

    /// Who is banned is not let in by anybody before that has ended.
    public static func memberBanned(_ user: UserID, in room: RoomID) -> Failure {
        Failure(
            .conflict, code: "chat.member-banned", message: "This user is banned from the room; lift the ban first."
        ).noting("room_id", room).noting("user_id", user)
    }

    /// There is none with this token to this room: it was never there, has ended, or is used up.
    public static func invitationNotFound(to room: RoomID) -> Failure {
        Failure(.notFound, code: "chat.invitation-not-found", message: "There is no such invitation to this room.")
            .noting("room_id", room)
    }

    /// Old ones are withdrawn, or end, before there are more.
    public static func tooManyInvitations(to room: RoomID) -> Failure {
        Failure(
            .conflict, code: "chat.too-many-invitations",
            message: "The room has as many invitations as it may; withdraw some first.",
            extensions: ["limit": .number(Int64(Invitation.mostOfRoom))]
        ).noting("room_id", room)
    }

    /// It takes two.
    public static let directWithOneself = Failure(
        .unprocessable, code: "chat.direct-with-oneself", message: "A direct room is one with somebody else.")

    public static func banNotFound(_ user: UserID, in room: RoomID) -> Failure {
        Failure(.notFound, code: "chat.ban-not-found", message: "This user is not banned from the room.")
            .noting("room_id", room).noting("user_id", user)
    }

    /// The platform does not let the account into rooms.
    public static let joinNotAllowed = Failure(
        .forbidden, code: "chat.join-not-allowed", message: "This account may not join the room.")

    /// The platform does not let the account speak.
    public static let speechNotAllowed = Failure(
        .forbidden, code: "chat.speech-not-allowed", message: "This account may not say anything.")

    /// A room never is without its owner.
    public static func ownerCannotLeave(_ room: RoomID) -> Failure {
        Failure(
            .conflict, code: "chat.owner-cannot-leave",
            message: "The owner cannot leave the room: hand it over first, or delete it."
        ).noting("room_id", room)
    }

    /// Somebody else changed the settings meanwhile.
    public static func roomChanged(_ room: RoomID) -> Failure {
        Failure(
            .preconditionFailed, code: "chat.room-changed",
            message: "The room's settings have changed since; read them again."
        ).noting("room_id", room)
    }

    /// A plain member waits between two messages in this room.
    public static func slowMode(in room: RoomID, wait: Duration) -> Failure {
        let (seconds, attoseconds) = wait.components
        // Rounded up: who waits that long is not early.
        let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Failure(
            .rateLimited, code: "chat.slow-mode", message: "This room is in slow mode; wait before you say more.",
            extensions: ["retry_after_ms": .number(milliseconds)], retryAfter: wait
        ).noting("room_id", room)
    }

    /// `reply_to` names no message of this room.
    public static func replyTargetNotFound(in room: RoomID) -> Failure {
        Failure(
            .unprocessable, code: "chat.reply-target-not-found",
            message: "The message to reply to is not in this room.",
            violations: [
                Violation(pointer: "/reply_to", code: "not-found", detail: "There is no such message in this room.")
            ]
        ).noting("room_id", room)
    }

    public static func messageNotFound(_ message: MessageID, in room: RoomID) -> Failure {
        Failure(.notFound, code: "chat.message-not-found", message: "There is no such message in this room.")
            .noting("room_id", room).noting("message_id", message)
    }

    /// What was taken back says nothing else later.
    public static func messageDeleted(_ message: MessageID, in room: RoomID) -> Failure {
        Failure(.conflict, code: "chat.message-deleted", message: "The message has been deleted.")
            .noting("room_id", room).noting("message_id", message)
    }

    /// Only who said something says it otherwise.
    public static func notTheSender(of message: MessageID, in room: RoomID) -> Failure {
        Failure(.forbidden, code: "chat.not-the-sender", message: "Only its sender may edit a message.")
            .noting("room_id", room).noting("message_id", message)
    }

    /// Nobody has read what has not been said.
    public static func readBeyondEnd(of room: RoomID) -> Failure {
        Failure(
            .unprocessable, code: "chat.read-beyond-end", message: "The room has no message with this number yet.",
            violations: [Violation(pointer: "/seq", code: "out-of-range", detail: "There is no such message yet.")]
        ).noting("room_id", room)
    }

    /// A frame needs a subscription to the room first.
    public static func notSubscribed(to room: RoomID) -> Failure {
        Failure(.conflict, code: "chat.not-subscribed", message: "Subscribe to the room first.")
            .noting("room_id", room)
    }
}
