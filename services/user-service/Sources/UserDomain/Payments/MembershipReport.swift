public import DomainKit
public import Foundation

/// What a payment provider tells of somebody's membership.
public struct MembershipReport: Sendable, Hashable {
    public enum Change: Sendable, Hashable {
        /// From now on it is this one, whatever there was before.
        case granted(Membership)
        /// At once. One that runs out later is granted with that end.
        case ended
    }

    public let userID: UserID
    public let change: Change
    /// When it happened, by the provider's clock: in this order reports of one provider count.
    public let at: Date

    public init(_ change: Change, of userID: UserID, at: Date) {
        self.userID = userID
        self.change = change
        self.at = at.inMilliseconds
    }
}

extension MembershipReport {
    /// What comes of a report.
    public struct Verdict: Sendable {
        public let outcome: DeliveryOutcome
        /// What is to be made of the account, when that is something.
        public let ruling: Ruling?
        /// As the account is then.
        public let present: User?

        init(_ outcome: DeliveryOutcome, ruling: Ruling? = nil, present: User? = nil) {
            self.outcome = outcome
            self.ruling = ruling
            self.present = present
        }

        /// Whether later reports are measured against the time of this one.
        public var counts: Bool { outcome == .applied || outcome == .unchanged }
    }

    /// An account has one membership. The last word counts, whose ever it is: what one source grants takes the place of what
    /// another one gave. But what one source ends is its own alone.
    ///
    /// - Parameters:
    ///   - account: nil when there is none.
    ///   - last: when the newest thing happened that this source told of the account.
    ///
    /// Fails: `invalid`, for what has not happened yet.
    public func verdict(
        on account: User?, from source: PaymentSource, last: Date?, at now: Date
    ) throws(Failure) -> Verdict {
        // Everything later would be outdated by it.
        guard at.timeIntervalSince(now) <= Double(WebhookDelivery.tolerance) else { throw .invalid([Self.tooEarly]) }
        guard let account else { return Verdict(.unknownUser) }
        if let last, at < last.inMilliseconds { return Verdict(.outdated) }
        let ruling: Ruling
        switch change {
        case .granted(let membership): ruling = .membership(membership)
        case .ended:
            guard account.membership?.source == source.description else { return Verdict(.unchanged) }
            ruling = .membership(Membership(tier: Membership.freeTier))
        }
        let present = try ruling.applied(to: account, by: nil, at: now)
        return present == account ? Verdict(.unchanged) : Verdict(.applied, ruling: ruling, present: present)
    }

    private static var tooEarly: Violation {
        Violation(pointer: "/timestamp", code: "in-the-future", detail: "This has not happened yet.")
    }
}
