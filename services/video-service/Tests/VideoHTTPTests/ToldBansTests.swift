import DomainKit
import Foundation
import IdentityEvents
import Testing

@testable import VideoServer

@Suite("What is known of an upload's owner")
struct ToldBansTests {
    let table: RevocationTable
    let bans: ToldBans
    let owner = UserID(UUID())

    init() {
        table = .current()
        bans = ToldBans(table)
    }

    private func tell(_ kind: IdentityEvent.Kind, _ epoch: Int64, of user: UserID? = nil, session: UUID? = nil) {
        table.apply(
            IdentityEvent(
                seq: epoch, tag: "a", kind: kind, userID: (user ?? owner).uuid, sessionID: session, epoch: epoch,
                at: Date()))
    }

    private func refusal(_ bans: ToldBans) -> String? {
        do throws(Failure) {
            try bans.requireGood(owner)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a ban stands until it is lifted, and nothing else is one`() {
        #expect(refusal(bans) == nil)
        tell(.banned, 1, of: UserID(UUID()))
        tell(.sessionEnded, 0, session: UUID())
        tell(.rolesChanged, 1)
        tell(.membershipChanged, 2)
        #expect(refusal(bans) == nil)
        tell(.banned, 3)
        #expect(refusal(bans) == "user.banned")
        // Whatever else becomes of the account, and what is told late of the time before, changes nothing.
        tell(.rolesChanged, 4)
        tell(.banLifted, 2)
        tell(.sessionEnded, 4, session: UUID())
        #expect(refusal(bans) == "user.banned")
        tell(.banLifted, 5)
        tell(.banned, 3)
        #expect(refusal(bans) == nil)
    }

    @Test func `while nobody can say nobody is good`() {
        #expect(refusal(ToldBans(RevocationTable())) == "platform.unavailable")
    }
}
