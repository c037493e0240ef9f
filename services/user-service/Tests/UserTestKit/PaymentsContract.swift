import DomainKit
public import Foundation
public import UserDomain

/// What every `MembershipReports` promises; each method on a store without accounts.
public struct PaymentsContract: Sendable {
    private let reports: any MembershipReports
    private let administration: any AdministrationStore
    private let users: any UserStore
    private let now: Date
    private let shop = PaymentSource("shop")!
    private let bank = PaymentSource("bank")!

    /// - Parameter now: the store's time, more or less.
    public init(
        _ store: any MembershipReports, _ administration: any AdministrationStore, users: any UserStore, now: Date
    ) {
        reports = store
        self.administration = administration
        self.users = users
        // Whole seconds every store gives back as they are.
        self.now = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
    }

    private func account() async throws -> User {
        try await users.insert(.sample(), hash: PasswordHash(phc: "$1"))
    }

    private func delivery(
        _ id: String = UUID().lowercased, from source: PaymentSource? = nil, late: Int64 = 0, body: UInt8 = 1
    ) -> WebhookDelivery {
        WebhookDelivery(
            source: source ?? shop, id: id, sentAt: Int64(now.timeIntervalSince1970) - late,
            digest: Data(repeating: body, count: 32))
    }

    private func grant(
        _ id: UserID, after seconds: Double = 0, until: Double = 86_400, from source: PaymentSource? = nil
    ) throws -> MembershipReport {
        let membership = try Membership.checked(
            tier: "member", validFrom: now - 3_600, validUntil: now + until, source: (source ?? shop).description)
        return MembershipReport(.granted(membership), of: id, at: now - 1_000 + seconds + 0.123)
    }

    private func take(_ delivery: WebhookDelivery, _ report: MembershipReport?) async throws -> DeliveryReceipt {
        try await reports.take(delivery, report, requestID: "request-1")
    }

    private func present(_ id: UserID) async throws -> User {
        guard let found = try await users.user(id) else { throw BrokenPromise(description: "the account is there") }
        return found
    }

    private func lines() async throws -> [AuditRecord] {
        try await administration.auditTrail(AuditFilter(), page: PageRequest(limit: 100)).items
            .filter { $0.action == .membershipChanged }
    }

    public func grantsAndEnds() async throws {
        let user = try await account()
        let granted = try await take(delivery("m-1"), grant(user.id))
        try promise(granted == DeliveryReceipt(.applied), "what is granted is had")
        let member = try await present(user.id)
        try promise(
            member.tier == "member" && member.membership?.until == now + 86_400,
            "at once, and to its end")
        try promise(member.membership?.source == "shop" && member.epoch == 1 && member.version == 2, "tokens are void")
        let ended = try await take(delivery("m-2"), MembershipReport(.ended, of: user.id, at: now))
        let left = try await present(user.id)
        try promise(
            ended == DeliveryReceipt(.applied) && left.tier == "free" && left.membership == nil, "until it ends")
        try promise(left.epoch == 2 && left.version == 3, "which voids tokens again")
        let told = try await lines()
        try promise(told.map(\.reason) == ["webhook-id m-2", "webhook-id m-1"], "each has a line with its id")
        try promise(
            told.allSatisfy { $0.actorID == nil && $0.actor?.rawValue == "source:shop" && $0.subjectID == user.id },
            "by the source")
        try promise(told.allSatisfy { $0.requestID == "request-1" }, "in a request")
        try promise(told[0].before == told[1].after && told[0].before?.contains("shop") == true, "as it was and is")
    }

    public func takesEachOnce() async throws {
        let user = try await account()
        let first = try await take(delivery("m-1"), grant(user.id))
        let after = try await present(user.id)
        for late in [0, 100] as [Int64] {
            let again = try await take(delivery("m-1", late: late), grant(user.id))
            try promise(again == DeliveryReceipt(first.outcome, isRepeat: true), "a repeat has the same answer")
        }
        try await promise("user.webhook-id-reused", "with another body it is refused") {
            _ = try await take(delivery("m-1", body: 2), MembershipReport(.ended, of: user.id, at: now))
        }
        let other = try await take(delivery("m-1", from: bank, body: 2), grant(user.id, until: 9_000, from: bank))
        try promise(other == DeliveryReceipt(.applied), "another source's id is another one")
        try promise(await lines().count == 2 && after.epoch == 1, "and nothing happens twice")
        let unknown = try await take(delivery("m-3"), nil)
        try promise(unknown == DeliveryReceipt(.ignored), "what nothing is to be done about is taken")
        try promise(
            await take(delivery("m-3"), nil) == DeliveryReceipt(.ignored, isRepeat: true), "and known again")
    }

    public func refusesWhatWasSentAtAnotherTime() async throws {
        let user = try await account()
        for late in [310, -310, 86_400, Int64(now.timeIntervalSince1970), -200_000_000_000] {
            try await promise("user.webhook-out-of-time", "\(late) s is too far") {
                _ = try await take(delivery("m-1", late: late), grant(user.id))
            }
        }
        try promise(await present(user.id) == user, "and has no effect")
        let good = try await take(delivery("m-1", late: 290), grant(user.id))
        try promise(good == DeliveryReceipt(.applied), "nor was its id used")
        try await promise("user.webhook-out-of-time", "a repeat has a time too") {
            _ = try await take(delivery("m-1", late: 310), grant(user.id))
        }
    }

    public func passesOverWhatIsOlder() async throws {
        let user = try await account()
        let report = try grant(user.id, after: 50, until: 9_000)
        try promise(await take(delivery(), report).outcome == .applied, "the newest counts")
        let older = try await take(delivery("m-2"), MembershipReport(.ended, of: user.id, at: report.at - 1))
        try promise(older.outcome == .outdated, "what happened before it changes nothing")
        try promise(await take(delivery("m-2"), nil).outcome == .outdated, "nor ever again")
        try promise(await present(user.id).tier == "member", "and what there is stays")
        let same = try grant(user.id, after: 60, until: 9_000)
        try promise(await take(delivery(), same).outcome == .unchanged, "the same again is nothing new")
        let between = MembershipReport(.ended, of: user.id, at: report.at + 5)
        try promise(await take(delivery(), between).outcome == .outdated, "but counts for the order")
        let equal = MembershipReport(.ended, of: user.id, at: same.at)
        try promise(await take(delivery(), equal).outcome == .applied, "of two at one time the later word counts")
        try await promise("platform.invalid-input", "what has not happened yet is refused") {
            _ = try await take(delivery("m-9"), MembershipReport(.ended, of: user.id, at: now + 3_600))
        }
        try promise(await take(delivery("m-9"), nil) == DeliveryReceipt(.ignored), "and was not taken")
    }

    public func keepsSourcesApart() async throws {
        let user = try await account()
        _ = try await take(delivery(), grant(user.id, until: 9_000))
        let bankEnds = MembershipReport(.ended, of: user.id, at: now - 2_000)
        try promise(await take(delivery(from: bank), bankEnds).outcome == .unchanged, "nobody ends another's")
        try promise(await present(user.id).membership?.source == "shop", "which goes on")
        // Older than what the shop told, and the newest of the bank's.
        let bankGrants = try grant(user.id, after: -500, from: bank)
        try promise(await take(delivery(from: bank), bankGrants).outcome == .applied, "each has its own order")
        try promise(await present(user.id).membership?.source == "bank", "and the last word counts")
        let shopEnds = MembershipReport(.ended, of: user.id, at: now)
        try promise(await take(delivery(), shopEnds).outcome == .unchanged, "the first one's is over by then")
        try promise(await present(user.id).membership?.source == "bank", "and no other ends with it")
    }

    public func answersForAccountsThatAreNotThere() async throws {
        let nobody = try await take(delivery("m-1"), grant(UserID(UUID())))
        try promise(nobody.outcome == .unknownUser, "an account that is not there is told of")
        let user = try await account()
        _ = try await take(delivery("m-2"), grant(user.id))
        _ = try await users.erase(user.id, ifVersion: 2)
        try promise(await take(delivery("m-3"), grant(user.id)).outcome == .unknownUser, "and one that is erased")
        try promise(
            await take(delivery("m-2"), grant(user.id)) == DeliveryReceipt(.applied, isRepeat: true),
            "answers stay what they were")
    }
}
