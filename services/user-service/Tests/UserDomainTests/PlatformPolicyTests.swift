import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

/// A question, who asks it, and the rule that decides.
struct PolicyRow: Sendable, CustomTestStringConvertible {
    let action: String
    let attributes: [ResourceAttribute: AttributeValue]
    let roles: Set<Role>
    let tier: String
    let isAllowed: Bool
    let rule: String
    let obligations: [Obligation]

    init(
        _ action: String, _ attributes: [ResourceAttribute: AttributeValue] = [:], _ roles: Set<Role> = [.user],
        tier: String = "free", yes rule: String, _ obligations: [Obligation] = []
    ) {
        (self.action, self.attributes, self.roles, self.tier) = (action, attributes, roles, tier)
        (isAllowed, self.rule, self.obligations) = (true, rule, obligations)
    }

    init(
        _ action: String, _ attributes: [ResourceAttribute: AttributeValue] = [:], _ roles: Set<Role> = [.user],
        no rule: String
    ) {
        (self.action, self.attributes, self.roles, tier) = (action, attributes, roles, "free")
        (isAllowed, self.rule, obligations) = (false, rule, [])
    }

    var testDescription: String { "\(action) \(roles.map(\.rawValue).sorted()) \(rule)" }
}

@Suite struct PlatformPolicyTests {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let me = UUID()
    static let stranger = UUID()

    static func video(
        _ visibility: String = "public", _ state: String = "ready", of owner: UUID = stranger
    ) -> [ResourceAttribute: AttributeValue] {
        [.owner: .text(owner.uuidString), .visibility: .text(visibility), .state: .text(state)]
    }

    static func shared(
        _ state: String = "ready", visibility: String = "private", _ isSo: Bool = true
    ) -> [ResourceAttribute: AttributeValue] {
        video(visibility, state).merging([.isShared: .flag(isSo)]) { $1 }
    }

    static func shared(_ isSo: Bool) -> [ResourceAttribute: AttributeValue] {
        shared("ready", visibility: "private", isSo)
    }

    static func reported(
        _ visibility: String, _ state: String = "ready"
    ) -> [ResourceAttribute: AttributeValue] {
        video(visibility, state).merging([.isUnderReview: .flag(true)]) { $1 }
    }

    static let videos: [PolicyRow] = [
        PolicyRow("video.upload", yes: "video.upload.account"),
        PolicyRow("video.upload", [:], [.creator], yes: "video.upload.account"),
        PolicyRow("video.upload", [:], [], no: "default"),
        PolicyRow("video.watch", video(), yes: "video.watch.everybody"),
        PolicyRow("video.watch", video(), [], no: "default"),
        PolicyRow("video.watch", video("unlisted"), yes: "video.watch.everybody"),
        PolicyRow("video.watch", video("private"), no: "video.watch.private"),
        PolicyRow("video.watch", video("private"), [.admin], no: "video.watch.private"),
        PolicyRow("video.watch", video("private", of: me), yes: "video.watch.owner"),
        PolicyRow("video.watch", shared(), yes: "video.watch.shared"),
        PolicyRow("video.watch", shared(false), no: "video.watch.private"),
        PolicyRow("video.watch", shared(), [], no: "default"),
        PolicyRow("video.watch", shared("removed"), no: "video.taken-down"),
        PolicyRow("video.watch", shared("uploading"), no: "video.watch.not-ready"),
        PolicyRow("video.watch", shared(visibility: "members"), no: "video.watch.membership-required"),
        PolicyRow("video.watch", reported("private"), [.moderator], yes: "video.watch.under-review", [.audit]),
        PolicyRow("video.watch", reported("public", "removed"), [.admin], yes: "video.watch.under-review", [.audit]),
        PolicyRow("video.watch", reported("public", "uploading"), [.admin], no: "video.watch.not-ready"),
        PolicyRow("video.watch", reported("private"), no: "video.watch.private"),
        PolicyRow("video.watch", reported("public", "removed"), no: "video.taken-down"),
        PolicyRow("video.watch", video("members"), no: "video.watch.membership-required"),
        PolicyRow("video.watch", video("members"), tier: "member", yes: "video.watch.members"),
        PolicyRow("video.watch", video("members"), tier: "of-a-later-version", yes: "video.watch.members"),
        PolicyRow("video.watch", video("members"), [.moderator], yes: "video.watch.moderators"),
        PolicyRow("video.watch", video("members", of: me), yes: "video.watch.owner"),
        PolicyRow("video.watch", video("of-a-later-version"), no: "default"),
        PolicyRow("video.watch", video("public", "uploading"), no: "video.watch.not-ready"),
        PolicyRow("video.watch", video("public", "of-a-later-version"), no: "video.watch.not-ready"),
        PolicyRow("video.watch", video("public", "removed", of: me), no: "video.taken-down"),
        PolicyRow("video.finish", video("public", "uploading", of: me), yes: "video.finish.owner"),
        PolicyRow("video.finish", video("public", "uploading"), [.admin], no: "video.not-yours"),
        PolicyRow("video.finish", video("public", "ready", of: me), no: "default"),
        PolicyRow("video.finish", video("public", "removed", of: me), no: "video.taken-down"),
        PolicyRow("video.edit", video(of: me), yes: "video.edit.owner"),
        PolicyRow("video.edit", video(), [.moderator, .admin], no: "video.not-yours"),
        PolicyRow("video.delete", video("public", "removed", of: me), yes: "video.delete.owner"),
        PolicyRow("video.delete", video(), [.moderator], yes: "video.delete.moderators", [.audit]),
        PolicyRow("video.delete", video(), no: "default"),
    ]

    static let rooms: [PolicyRow] = [
        PolicyRow("room.create", yes: "room.create.account"),
        PolicyRow("room.create", [:], [], no: "default"),
        PolicyRow("room.join", [.kind: .text("public")], yes: "room.join.public"),
        PolicyRow("room.join", [.kind: .text("private")], no: "room.join.invitation-needed"),
        PolicyRow("room.join", [.kind: .text("private"), .role: .nothing], no: "room.join.invitation-needed"),
        PolicyRow("room.join", [.kind: .text("private"), .role: .text("member")], yes: "room.join.member"),
        PolicyRow("room.join", [.kind: .text("private"), .isInvited: .flag(true)], yes: "room.join.invited"),
        PolicyRow("room.join", [.kind: .text("private"), .isInvited: .flag(false)], no: "room.join.invitation-needed"),
        PolicyRow("room.join", [.kind: .text("private"), .isInvited: .text("yes")], no: "room.join.invitation-needed"),
        PolicyRow("room.join", [.kind: .text("of-a-later-version")], [.admin], no: "default"),
        PolicyRow("room.speak", [.role: .text("owner")], yes: "room.speak.moderators"),
        PolicyRow("room.speak", [.role: .text("moderator")], yes: "room.speak.moderators"),
        PolicyRow("room.speak", [.role: .text("member")], yes: "room.speak.members", [.slowMode]),
        PolicyRow("room.speak", [.role: .nothing], [.admin], no: "room.speak.members-only"),
        PolicyRow("room.speak", [.role: .text("of-a-later-version")], no: "room.speak.members-only"),
        PolicyRow("room.moderate", [.role: .text("moderator")], yes: "room.moderate.room"),
        PolicyRow("room.moderate", [.role: .text("member")], no: "default"),
        PolicyRow("room.moderate", [.role: .nothing], [.moderator], yes: "room.moderate.platform", [.audit]),
    ]

    /// Somebody who has been here for long, and whose address is verified.
    static func account(_ row: PolicyRow, _ change: (inout User) -> Void = { _ in }) throws -> DecisionSubject {
        let sample = try User.sample(at: now - 10 * 86_400)
        var user = User(
            id: UserID(me), email: sample.email, displayName: sample.displayName, roles: row.roles,
            isEmailVerified: true, createdAt: sample.createdAt, updatedAt: sample.updatedAt, tier: row.tier)
        change(&user)
        return DecisionSubject(user: user, readAt: now)
    }

    static func question(_ row: PolicyRow) -> AccessQuestion {
        AccessQuestion(
            subject: me.uuidString, action: row.action, type: String(row.action.prefix { $0 != "." }),
            attributes: row.attributes)
    }

    @Test(arguments: videos + rooms)
    func `the rule that should decide does`(row: PolicyRow) throws {
        let known = [UserID(Self.me): try Self.account(row)]
        let decision = PolicySet.platform.decision(on: Self.question(row), known)
        #expect(decision.rule == row.rule && decision.isAllowed == row.isAllowed)
        #expect(decision.obligations == row.obligations)
        #expect(decision.ttl == (row.action == "room.speak" && row.isAllowed ? 300 : 30))
        #expect(decision.policyVersion == PolicySet.platform.version && !decision.reason.isEmpty)
    }

    @Test(arguments: videos + rooms)
    func `a ban comes before everything`(row: PolicyRow) throws {
        let banned = try Self.account(row) { $0.ban = Ban(at: Self.now, reason: "spam") }
        let decision = PolicySet.platform.decision(on: Self.question(row), [UserID(Self.me): banned])
        #expect(!decision.isAllowed && decision.rule == "account.banned" && decision.obligations.isEmpty)
    }

    @Test(arguments: videos + rooms)
    func `an explanation has the answer, and the rule that it is from`(row: PolicyRow) throws {
        let known = [UserID(Self.me): try Self.account(row)]
        let explanation = PolicySet.platform.explanation(of: Self.question(row), known)
        #expect(explanation.decision == PolicySet.platform.decision(on: Self.question(row), known))
        let deciding = explanation.rules.first { $0.applies && $0.effect != .oblige }
        #expect(deciding?.name == row.rule && deciding?.because == explanation.decision.reason)
        let tried = PolicySet.platform.rules.filter { $0.actions.map(\.rawValue).contains(row.action) }
        #expect(explanation.rules.map(\.name) == tried.map(\.name) + ["default"])
        #expect(explanation.rules.allSatisfy { !$0.because.isEmpty })
    }

    @Test func `every action is allowed to somebody and denied to somebody else`() {
        for action in PolicyAction.allCases where !action.rawValue.hasPrefix("user.") {
            let rows = (Self.videos + Self.rooms).filter { $0.action == action.rawValue }
            #expect(rows.contains { $0.isAllowed } && rows.contains { !$0.isAllowed }, "\(action)")
        }
    }

    @Test func `every rule decides in one of the rows, or is tried elsewhere`() {
        let decided = Set((Self.videos + Self.rooms).map(\.rule))
        let others = PolicySet.platform.rules.filter { $0.effect != .oblige && !decided.contains($0.name) }
        #expect(
            others.map(\.name) == [
                "account.banned", "user.read.self", "user.read.admins", "user.read.public", "user.administer.admins",
            ])
    }

    /// Answers are kept and compared by the version: whoever changes the list below changes it too.
    @Test func `these are the rules of this version`() {
        #expect(PolicySet.platform.version == "2026-11-26.3")
        #expect(
            PolicySet.platform.rules.map(\.name) == [
                "account.banned", "video.upload.account", "video.watch.under-review", "video.watch.private",
                "video.taken-down", "video.watch.not-ready", "video.watch.owner", "video.watch.shared",
                "video.watch.everybody", "video.watch.members",
                "video.watch.moderators", "video.watch.membership-required", "video.not-yours", "video.finish.owner",
                "video.edit.owner", "video.delete.owner", "video.delete.moderators", "room.create.account",
                "room.join.public", "room.join.member", "room.join.invited", "room.join.invitation-needed",
                "room.speak.moderators", "room.speak.members", "room.speak.members-only", "room.moderate.room",
                "room.moderate.platform", "user.read.self", "user.read.admins", "user.read.public",
                "user.administer.admins", "newcomer.young", "newcomer.unverified",
            ])
    }
}
