public import DomainKit
public import Foundation
import Synchronization
public import UserDomain

/// Hashes in no time, with an effort that can be raised.
public final class QuickHasher: PasswordHasher {
    private struct State {
        var effort = 1
        var checks = 0
        var isFull = false
    }

    private let state = Mutex(State())

    public init() {}

    public func raiseEffort() {
        state.withLock { $0.effort += 1 }
    }

    public func setFull(_ isFull: Bool) {
        state.withLock { $0.isFull = isFull }
    }

    /// How many passwords were checked, those of unknown accounts too.
    public var checks: Int { state.withLock { $0.checks } }

    public func hash(_ password: Password) async throws -> PasswordHash {
        try admit()
        return PasswordHash(phc: "$quick$\(state.withLock { $0.effort })$\(Data(password.bytes).base64EncodedString())")
    }

    public func check(_ password: ClaimedPassword, against hash: PasswordHash?) async throws -> PasswordCheck {
        try admit()
        let effort = state.withLock { state in
            state.checks += 1
            return state.effort
        }
        guard let bytes = password.bytes, let parts = hash?.phc.split(separator: "$"), parts.count == 3,
            Data(base64Encoded: String(parts[2])) == Data(bytes)
        else { return .wrong }
        return parts[1] == String(effort) ? .right : .rightButWeak
    }

    private func admit() throws {
        if state.withLock({ $0.isFull }) { throw Failure.unavailable("password-hashing") }
    }
}

/// Access tokens that say in clear what they are, the account's epoch last.
public struct PlainTokens: AccessTokens {
    public init() {}

    public func issue(
        to user: User, session: SessionID, since: Date, by methods: Set<AuthenticationMethod>, at now: Date
    ) throws(Failure) -> AccessToken {
        let shown = methods.map(\.rawValue).sorted().joined(separator: "+")
        return AccessToken(
            text: "\(user.id)/\(session)/\(now.timeIntervalSince1970)/\(user.tier)/\(shown)/\(user.epoch)",
            life: .seconds(600))
    }

    /// That of the account, as the token says.
    public static func epoch(of token: AccessToken) -> Int64? {
        token.text.split(separator: "/").last.flatMap { Int64($0) }
    }
}

extension AccessTokens {
    /// For somebody who has shown a password.
    public func issue(
        to user: User, session: SessionID, since: Date, at now: Date
    ) throws(Failure) -> AccessToken {
        try issue(to: user, session: session, since: since, by: [.password], at: now)
    }
}

/// Refresh secrets of a toy hash; only their relations matter in a test.
public struct ToySecrets: RefreshSecrets {
    public init() {}

    public func first() -> Data {
        Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }

    public func successor(of secret: Data) -> Data { mix(secret, 0x9e37_79b9) }

    public func digest(of secret: Data) -> Data { mix(secret, 0x85eb_ca6b) }

    private func mix(_ secret: Data, _ seed: UInt64) -> Data {
        var state = seed
        for byte in secret { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Data(
            (0..<32).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            })
    }
}

/// Wrong passwords counted in memory.
public final class InMemoryGuessBudgets: GuessBudgets {
    private struct Row {
        var count: Int
        var since: Date
    }

    private let rows = Mutex<[GuessBudget: Row]>([:])
    private let most: Int
    private let window: Duration
    private let clock: any WallClock

    public init(most: Int = 10, window: Duration = GuessRules.window, clock: any WallClock) {
        self.most = most
        self.window = window
        self.clock = clock
    }

    public func take(from budget: GuessBudget) async throws -> GuessVerdict {
        let now = clock.now
        let length = window / .seconds(1)
        return rows.withLock { rows in
            var row = rows[budget] ?? Row(count: 0, since: now)
            if row.since + length <= now { row = Row(count: 0, since: now) }
            guard row.count < most else {
                return .spent(retryAfter: .seconds(row.since.timeIntervalSince(now) + length))
            }
            row.count += 1
            rows[budget] = row
            return .taken(Guess(budget: budget, since: row.since))
        }
    }

    public func giveBack(_ guess: Guess) async throws {
        rows.withLock { rows in
            guard let row = rows[guess.budget], row.since == guess.since, row.count > 0 else { return }
            rows[guess.budget]?.count -= 1
        }
    }
}
