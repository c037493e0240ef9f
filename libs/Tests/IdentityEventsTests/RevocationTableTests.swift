import Foundation
import IdentityEvents
import Synchronization
import Testing

@Suite struct RevocationTableTests {
    final class Steady: Sendable {
        private let value = Atomic<UInt64>(1)
        var now: UInt64 { value.load(ordering: .relaxed) }
        func pass(_ seconds: Int) { value.add(UInt64(seconds) * 1_000_000_000, ordering: .relaxed) }
    }

    let time = Steady()
    let table: RevocationTable
    let user = UUID()

    init() {
        table = RevocationTable(clock: { [time] in time.now })
    }

    func event(
        _ kind: IdentityEvent.Kind, _ user: UUID? = nil, session: UUID? = nil, epoch: Int64 = 1
    ) -> IdentityEvent {
        IdentityEvent(
            seq: 1, tag: "t", kind: kind, userID: user ?? self.user, sessionID: session, epoch: epoch, at: Date())
    }

    @Test func `events in another order and twice leave the same`() {
        let events = [event(.banned, epoch: 5), event(.banLifted, epoch: 6), event(.banned, epoch: 7)]
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0, 0, 1], [2, 2, 0, 1]] {
            let table = RevocationTable.current()
            for index in order { table.apply(events[index]) }
            #expect(table.standing(of: user, session: nil, epoch: 6) == .banned)
            #expect(table.standing(of: user, session: nil, epoch: 7) == .good)
            #expect(table.count == 1)
        }
    }

    @Test func `after a ban's end a token from before it is void, and its holder is not told of a ban`() {
        table.apply(event(.banned, epoch: 5))
        table.apply(event(.banLifted, epoch: 6))
        #expect(table.standing(of: user, session: nil, epoch: 4) == .void)
        #expect(table.standing(of: user, session: nil, epoch: 6) == .good)
    }

    @Test func `the end of one session touches no other`() {
        let (ended, other) = (UUID(), UUID())
        table.apply(event(.sessionEnded, session: ended, epoch: 9))
        #expect(table.standing(of: user, session: ended, epoch: 9) == .void)
        #expect(table.standing(of: user, session: other, epoch: 0) == .good)
        #expect(table.standing(of: UUID(), session: ended, epoch: 9) == .void)
    }

    @Test func `a row stays for the life of a token and goes within two`() {
        table.apply(event(.banned))
        table.apply(event(.sessionEnded, session: UUID(), epoch: 1))
        time.pass(3_899)
        table.forget()
        #expect(table.standing(of: user, session: nil, epoch: 0) == .banned && table.count == 2)
        time.pass(2)
        table.apply(event(.banned, UUID()))
        table.forget()
        #expect(table.standing(of: user, session: nil, epoch: 0) == .banned && table.count == 3)
        time.pass(3_901)
        table.forget()
        #expect(table.standing(of: user, session: nil, epoch: 0) == .good && table.count == 1)
        time.pass(3_901)
        table.forget()
        #expect(table.count == 0)
    }

    @Test func `ten thousand bans leave nothing behind`() {
        let users = (0..<10_000).map { _ in UUID() }
        for user in users { table.apply(event(.banned, user)) }
        #expect(table.count == 10_000)
        #expect(users.allSatisfy { table.standing(of: $0, session: nil, epoch: 0) == .banned })
        time.pass(10_000)
        table.forget()
        #expect(table.count == 0)
        #expect(users.allSatisfy { table.standing(of: $0, session: nil, epoch: 0) == .good })
    }

    @Test func `it is current for a minute after the last news`() {
        #expect(!table.isCurrent && table.age == nil)
        table.heard(at: table.now)
        time.pass(60)
        #expect(table.isCurrent)
        time.pass(1)
        #expect(!table.isCurrent && table.age == 61)
        // News of an earlier moment make it no younger.
        table.heard(at: 5)
        #expect(!table.isCurrent)
        table.heard(at: table.now)
        #expect(table.isCurrent)
    }

    @Test func `observers hear of an event when the table knows it already`() {
        let seen = Mutex<[RevocationTable.Standing]>([])
        table.observe { [table] event in
            let standing = table.standing(of: event.userID, session: nil, epoch: 0)
            seen.withLock { $0.append(standing) }
        }
        table.apply(event(.banned))
        table.apply(event(.banLifted, epoch: 2))
        #expect(seen.withLock { $0 } == [.banned, .void])
    }

    @Test(arguments: [
        "", "-", "-1", "+1", "1-", "x", "1-A", "1 ", "9223372036854775808", "1-é", "1_000",
        "1-" + String(repeating: "a", count: 65),
    ])
    func `what is no position is none`(_ text: String) {
        #expect(IdentityPosition(text) == nil)
    }

    @Test(arguments: ["0", "17", "17-ab-12", "9223372036854775807-x"])
    func `a position reads as it is written`(_ text: String) {
        #expect(IdentityPosition(text)?.description == text)
    }
}
