public import DomainKit
public import Foundation

/// What a delivery says of itself, before any of it is believed.
public struct WebhookClaim: Sendable {
    public let source: String
    public let id: String?
    public let timestamp: String?
    public let signatures: String?
    /// As it was sent: the signature is over these bytes.
    public let body: Data

    public init(source: String, id: String?, timestamp: String?, signatures: String?, body: Data) {
        self.source = source
        self.id = id
        self.timestamp = timestamp
        self.signatures = signatures
        self.body = body
    }
}

/// A delivery that its source has signed. It may be old, and a repeat: the store tells.
public struct WebhookDelivery: Sendable, Hashable {
    /// So far the time of sending may be from the store's, in seconds, in either direction.
    public static let tolerance: Int64 = 300
    /// For so long it is known what a delivery was; no signature is good for a thousandth of that.
    public static let daysKept = 14

    public let source: PaymentSource
    /// The provider's, the same in every repeat.
    public let id: String
    /// When this attempt was made, in seconds since 1970; 0 to the end of the year 9999.
    public let sentAt: Int64
    /// SHA-256 of the body.
    public let digest: Data

    public init(source: PaymentSource, id: String, sentAt: Int64, digest: Data) {
        self.source = source
        self.id = id
        self.sentAt = sentAt
        self.digest = digest
    }

    /// Fails: `webhookOutOfTime`.
    public func check(at now: Date) throws(Failure) {
        // A double is exact for all seconds there are dates for.
        let distance = now.timeIntervalSince1970 - Double(sentAt)
        guard distance.magnitude <= Double(Self.tolerance) else { throw .webhookOutOfTime }
    }

    /// Fails: `webhookReused`.
    public func check(isRepeatOf digest: Data) throws(Failure) {
        guard digest == self.digest else { throw .webhookReused }
    }
}

/// Tells whose deliveries are.
public protocol WebhookProofs: Sendable {
    /// Nil when no secret of the source has signed it, or there is no such source.
    func delivery(_ claim: WebhookClaim) -> WebhookDelivery?
}

/// What became of a delivery. Not an enumeration: one that a later version has taken is told of like any other.
public struct DeliveryOutcome: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The membership is another one now.
    public static let applied = DeliveryOutcome(rawValue: "applied")
    /// It is so already, or what ends is another source's membership.
    public static let unchanged = DeliveryOutcome(rawValue: "unchanged")
    /// Something that happened later was told before.
    public static let outdated = DeliveryOutcome(rawValue: "outdated")
    /// Of a type nothing is to be done about.
    public static let ignored = DeliveryOutcome(rawValue: "ignored")
    /// The account is not there, or not any more.
    public static let unknownUser = DeliveryOutcome(rawValue: "unknown-user")
}

public struct DeliveryReceipt: Sendable, Hashable {
    public let outcome: DeliveryOutcome
    /// Whether this is the answer to an earlier attempt, and this one was without effect.
    public let isRepeat: Bool

    public init(_ outcome: DeliveryOutcome, isRepeat: Bool = false) {
        self.outcome = outcome
        self.isRepeat = isRepeat
    }
}
