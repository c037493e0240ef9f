public import DomainKit
import Foundation
import Synchronization

/// The twin of a real store, for tests and for a single replica. Forgets with the process.
public final class InMemoryIdempotencyStore: IdempotencyStore {
    private struct Entry {
        let fingerprint: String
        let token: String
        var answer: StoredAnswer?
        let leaseEnd: Date
        let keptUntil: Date
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
            if let entry = state.entries[key], entry.keptUntil > now, entry.answer != nil || entry.leaseEnd > now {
                guard entry.fingerprint == fingerprint else { return .mismatch }
                return entry.answer.map { .done($0) } ?? .running
            }
            let token = UUID().lowercased
            state.entries[key] = Entry(
                fingerprint: fingerprint, token: token, answer: nil, leaseEnd: now + lease.timeInterval,
                keptUntil: now + keep.timeInterval)
            return .fresh(token: token)
        }
    }

    public func complete(_ key: IdempotencyKey, token: String, answer: StoredAnswer) async throws {
        state.withLock { state in
            guard state.entries[key]?.token == token else { return }
            state.entries[key]?.answer = answer
        }
    }

    public func abandon(_ key: IdempotencyKey, token: String) async throws {
        state.withLock { state in
            guard let entry = state.entries[key], entry.token == token, entry.answer == nil else { return }
            state.entries[key] = nil
        }
    }

    private func sweep(_ state: inout State, _ now: Date) {
        state.claimsSinceSweep += 1
        guard state.claimsSinceSweep >= InMemoryIdempotencyStore.sweepEvery else { return }
        state.claimsSinceSweep = 0
        state.entries = state.entries.filter { $0.value.keptUntil > now }
    }
}

extension Duration {
    var timeInterval: TimeInterval {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
