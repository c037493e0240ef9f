public import DomainKit
public import Foundation
import Synchronization

/// The twin of a real store, for tests and for a single replica. Forgets with the process.
public final class InMemoryIdempotencyStore: IdempotencyStore {
    private struct Entry {
        let fingerprint: String
        var hold: IdempotencyHold
        /// Whether a call before the one that holds it ended unheard.
        var isInherited = false
        var answer: StoredAnswer?
        var leaseEnd: Date
        var keptUntil: Date
    }

    private static let sweepEvery = 1_000
    private struct State {
        var entries: [IdempotencyKey: Entry] = [:]
        var claimsSinceSweep = 0
    }

    private let state = Mutex(State())
    private let clock: any WallClock

    public init(clock: any WallClock = SystemWallClock()) {
        self.clock = clock
    }

    public func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim {
        let now = clock.now
        return state.withLock { state in
            sweep(&state, now)
            let token = UUID()
            guard var entry = state.entries[key], entry.keptUntil > now else {
                let hold = IdempotencyHold(token: token, effectID: UUID())
                state.entries[key] = Entry(
                    fingerprint: fingerprint, hold: hold, leaseEnd: now + lease / .seconds(1),
                    keptUntil: now + keep / .seconds(1))
                return .fresh(hold)
            }
            guard entry.fingerprint == fingerprint else { return .mismatch }
            if let answer = entry.answer { return .done(answer) }
            guard entry.leaseEnd <= now else { return .running }
            entry.hold = IdempotencyHold(token: token, effectID: entry.hold.effectID)
            entry.isInherited = true
            entry.leaseEnd = now + lease / .seconds(1)
            entry.keptUntil = now + keep / .seconds(1)
            state.entries[key] = entry
            return .fresh(entry.hold)
        }
    }

    public func renew(_ key: IdempotencyKey, token: UUID, lease: Duration) async throws -> Bool {
        let end = clock.now + lease / .seconds(1)
        return state.withLock { state in
            guard let entry = state.entries[key], entry.hold.token == token, entry.answer == nil else { return false }
            state.entries[key]?.leaseEnd = end
            return true
        }
    }

    public func complete(_ key: IdempotencyKey, token: UUID, answer: StoredAnswer) async throws {
        state.withLock { state in
            guard state.entries[key]?.hold.token == token else { return }
            state.entries[key]?.answer = answer
        }
    }

    public func abandon(_ key: IdempotencyKey, token: UUID) async throws {
        let now = clock.now
        state.withLock { state in
            guard let entry = state.entries[key], entry.hold.token == token, entry.answer == nil else { return }
            if entry.isInherited { state.entries[key]?.leaseEnd = now } else { state.entries[key] = nil }
        }
    }

    private func sweep(_ state: inout State, _ now: Date) {
        state.claimsSinceSweep += 1
        guard state.claimsSinceSweep >= InMemoryIdempotencyStore.sweepEvery else { return }
        state.claimsSinceSweep = 0
        state.entries = state.entries.filter { $0.value.keptUntil > now }
    }
}
