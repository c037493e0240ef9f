public import DomainKit
public import Foundation

/// Something that was done to an account and that its owner is told of, in a list and by mail.
public struct SecurityEvent: Sendable, Hashable {
    /// What it was, by the name it is stored and told under. What an owner is to be told of next gets a name here, words in
    /// `NoticeWords`, and is written by whoever does it, in the transaction that does it.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case passwordChanged = "password_changed"
        /// By whoever reads the account's mail.
        case passwordReset = "password_reset"
        /// Somebody signed in on a device that the account did not know.
        case newDevice = "new_device"
        /// Two parties had one refresh token: the session ended for both.
        case refreshTokenReused = "refresh_token_reused"
        /// Told to the former address.
        case emailChanged = "email_changed"
        case totpEnabled = "totp_enabled"
        case totpDisabled = "totp_disabled"
        case recoveryCodesMade = "recovery_codes_made"
        case recoveryCodeUsed = "recovery_code_used"
        case passkeyAdded = "passkey_added"
        case passkeyRemoved = "passkey_removed"
        case erasureRequested = "erasure_requested"
        case erasureCancelled = "erasure_cancelled"
        case dataExportRequested = "data_export_requested"
    }

    /// For so long the list goes back.
    public static let daysKept = 400

    public let id: UUID
    public let kind: Kind
    public let userID: UserID
    public let at: Date
    /// That of whoever did it, or the one it was done to; nil where there was none.
    public let sessionID: SessionID?
    /// That of whoever did it, as it says.
    public let device: Device

    public init(id: UUID, kind: Kind, userID: UserID, at: Date, sessionID: SessionID?, device: Device) {
        self.id = id
        self.kind = kind
        self.userID = userID
        self.at = at
        self.sessionID = sessionID
        self.device = device
    }
}

/// The place in a list of events, the newest first.
public struct SecurityEventCursor: Sendable {
    public let at: Date
    public let id: UUID

    public init(_ event: SecurityEvent) {
        at = event.at
        id = event.id
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        at = try parts.date()
        id = try parts.id(of: SecurityEvent.self).uuid
        try parts.done()
    }

    public var cursor: Cursor { Cursor([Cursor.part(at), id.lowercased]) }
}
