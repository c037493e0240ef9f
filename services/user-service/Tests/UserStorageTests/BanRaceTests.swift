import DomainKit
import Foundation
import OneTimePasswords
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Signing in and refreshing while a ban commits: whatever comes of it holds no token that the ban does not void.
@Suite struct BanRaceTests {
    let password = "tr0ub4dor&3"
    let hasher = QuickHasher()

    func signIn(_ database: PostgresClient, _ user: User) async throws -> IssuedTokens {
        let (accounts, clock) = (PostgresAccounts(database: database), SystemWallClock())
        return try await SignIn(
            users: accounts, sessions: accounts, hasher: hasher, tokens: PlainTokens(),
            factors: PostgresSecondFactors(database: database, key: .sample()),
            budgets: InMemoryGuessBudgets(clock: clock), secrets: ToySecrets(), rules: SessionRules(),
            ids: SystemIDSource(), clock: clock)(
                email: user.email.description, password: ClaimedPassword(password), device: Device())
    }

    func refresh(_ database: PostgresClient, _ token: RefreshToken) async throws -> IssuedTokens {
        try await RefreshSession(
            sessions: PostgresAccounts(database: database), tokens: PlainTokens(), secrets: ToySecrets(),
            rules: SessionRules(), clock: SystemWallClock())(
                token.description, device: Device())
    }

    func user(_ database: PostgresClient) async throws -> User {
        try await PostgresAccounts(database: database).insert(
            .sample(), hash: hasher.hash(Password(password)))
    }

    /// The code of the refusal, or the epoch of the token.
    func outcome(_ body: () async throws -> IssuedTokens) async throws -> (code: String?, epoch: Int64?) {
        do {
            return (nil, PlainTokens.epoch(of: try await body().access))
        } catch let failure as Failure { return (failure.code, nil) }
    }

    @Test func `a sign-in that waits for a ban is told of it and opens nothing`() async throws {
        try await replicas { database, other in
            let user = try await user(database)
            let waiting = try await database.transaction { transaction in
                try await transaction.ban(user.id)
                return try await second(in: database) { try await outcome { try await signIn(other, user) }.code }
            }
            #expect(try await waiting.value == "user.banned")
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
        }
    }

    @Test func `a sign-in that waits for the end of a second factor asks for none`() async throws {
        try await replicas { database, other in
            let user = try await user(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
            #expect(try await factors.begin(factor, of: user.id))
            _ = try await factors.confirm(factor.id, step: 100, recoveryDigests: [], by: .sample(user.id))
            let waiting = try await database.transaction { transaction in
                try await transaction.execute("UPDATE users SET second_factor = NULL WHERE id = \(user.id.uuid)")
                return try await second(in: database) { try await outcome { try await signIn(other, user) } }
            }
            let (code, epoch) = try await waiting.value
            #expect(code == nil && epoch == 0)
        }
    }

    @Test func `a token given out while a ban commits is older than the ban`() async throws {
        try await replicas { database, other in
            for _ in 0..<40 {
                let user = try await user(database)
                let first = try await signIn(database, user)
                async let banned: Void = database.ban(user.id)
                async let signedIn = outcome { try await signIn(other, user) }
                async let refreshed = outcome { try await refresh(other, first.refresh) }
                try await banned
                for (code, epoch) in [try await signedIn, try await refreshed] {
                    #expect(code == "user.banned" || epoch == 0, "\(code ?? "") \(epoch ?? -1)")
                }
                #expect(try await outcome { try await signIn(other, user) }.code == "user.banned")
                #expect(try await outcome { try await refresh(other, first.refresh) }.code == "user.banned")
                try await database.unban(user.id)
                #expect(try await outcome { try await signIn(other, user) }.epoch == 2)
            }
        }
    }
}
