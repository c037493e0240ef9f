import Foundation
import Timing

/// What is void, in two halves: every token's life the older one is dropped and the younger one takes its place. So a row
/// stays for one life at least and two at most, and nothing is kept in order of time.
struct RevokedRows {
    private struct Half {
        var accounts: [UUID: RevocationTable.Row] = [:]
        var sessions: Set<UUID> = []

        var count: Int { accounts.count + sessions.count }
    }

    private var young = Half()
    private var old = Half()
    private var turnedAt: UInt64

    init(now: UInt64) {
        turnedAt = now
    }

    func has(session: UUID) -> Bool { young.sessions.contains(session) || old.sessions.contains(session) }

    func row(of user: UUID) -> RevocationTable.Row? {
        guard let row = young.accounts[user] else { return old.accounts[user] }
        // The older half may know of a later epoch when the younger one heard of an earlier event again.
        guard let former = old.accounts[user], former.epoch > row.epoch else { return row }
        return former
    }

    /// Returns by how many rows it has grown.
    mutating func end(session: UUID, at now: UInt64) -> Int {
        turnIfDue(now)
        return young.sessions.insert(session).inserted ? 1 : 0
    }

    mutating func raise(_ user: UUID, to row: RevocationTable.Row, at now: UInt64) -> Int {
        turnIfDue(now)
        let former = young.accounts[user]
        if let former, former.epoch >= row.epoch { return 0 }
        young.accounts[user] = row
        return former == nil ? 1 : 0
    }

    /// Returns how many rows went.
    mutating func forget(at now: UInt64) -> Int {
        let before = young.count + old.count
        turnIfDue(now)
        return before - young.count - old.count
    }

    private mutating func turnIfDue(_ now: UInt64) {
        let life = RevocationTable.longestTokenLife.wholeNanoseconds
        guard now > turnedAt, now - turnedAt >= life else { return }
        old = now - turnedAt >= 2 * life ? Half() : young
        young = Half()
        turnedAt = now
    }
}
