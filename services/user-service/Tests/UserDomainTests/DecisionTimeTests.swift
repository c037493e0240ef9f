import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

/// How long an answer may be kept.
@Suite struct DecisionTimeTests {
    private static let now = PlatformPolicyTests.now

    private func decision(
        on row: PolicyRow = PolicyRow("video.upload", yes: "video.upload.account"), _ change: (inout User) -> Void
    ) throws -> AccessDecision {
        let subject = try PlatformPolicyTests.account(row, change)
        return PolicySet.platform.decision(on: PlatformPolicyTests.question(row), [subject.user.id: subject])
    }

    @Test(arguments: [(12.9, 12), (3, 3), (1, 1), (0.4, 0), (30, 30), (29.99, 29), (1e9, 30)])
    func `an answer ends before the account changes by itself`(after: TimeInterval, ttl: Int) throws {
        let turn = Self.now + after
        let banned = try decision { $0.ban = Ban(at: Self.now, until: turn, reason: "spam") }
        #expect(!banned.isAllowed && banned.ttl == ttl, "the end of a ban")
        let lapsing = try decision { $0.membership = Membership(tier: "member", until: turn) }
        #expect(lapsing.isAllowed && lapsing.ttl == ttl, "the end of a membership")
        let beginning = try decision { $0.membership = Membership(tier: "member", from: turn) }
        #expect(beginning.isAllowed && beginning.ttl == ttl, "its begin")
    }

    @Test func `what has been counts for nothing`() throws {
        let past = try decision {
            $0.membership = Membership(tier: "member", from: Self.now - 60, until: Self.now)
        }
        #expect(past.ttl == 30)
        let ever = try decision {
            $0.membership = Membership(tier: "member", from: .distantPast, until: .distantFuture)
        }
        #expect(ever.ttl == 30)
    }

    @Test func `of several moments the next one counts`() throws {
        let decision = try decision {
            $0.membership = Membership(tier: "member", from: Self.now + 20, until: Self.now + 25)
            $0.ban = Ban(at: Self.now, until: Self.now + 9, reason: "spam")
        }
        #expect(decision.ttl == 9)
    }

    @Test func `who is new is so until the day is over`() throws {
        func aged(_ seconds: TimeInterval) throws -> AccessDecision {
            let row = PolicyRow("room.create", yes: "room.create.account")
            let user = try User.sample(at: Self.now - seconds)
            let account = User(
                id: user.id, email: user.email, displayName: user.displayName, isEmailVerified: true,
                createdAt: user.createdAt, updatedAt: user.updatedAt)
            let question = AccessQuestion(subject: user.id.description, action: row.action, type: "room")
            return PolicySet.platform.decision(
                on: question, [user.id: DecisionSubject(user: account, readAt: Self.now)])
        }
        #expect(try aged(0).obligations == [.newcomerLimits] && aged(0).ttl == 30)
        #expect(try aged(86_393.5).obligations == [.newcomerLimits] && aged(86_393.5).ttl == 6)
        #expect(try aged(86_400).obligations == [] && aged(86_400).ttl == 30)
        #expect(try aged(-86_400).obligations == [.newcomerLimits], "a clock that was wrong makes nobody old")
    }

    @Test func `an address that is not verified obliges, and once`() throws {
        let decision = try decision { $0.isEmailVerified = false }
        #expect(decision.isAllowed && decision.obligations == [.newcomerLimits])
        let row = PolicyRow("room.speak", [.role: .text("member")], yes: "room.speak.members")
        #expect(try self.decision(on: row) { $0.isEmailVerified = false }.obligations == [.slowMode, .newcomerLimits])
    }
}
