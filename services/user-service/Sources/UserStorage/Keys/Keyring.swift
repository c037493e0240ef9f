public import AuthKit
public import Crypto
public import DomainKit
public import Foundation
public import Logging
public import ServiceLifecycle
import Synchronization
import Timing
public import UserDomain

/// The signing keys as this replica knows them: signs access tokens, publishes the keys and verifies with them.
///
/// As a service it makes the keys if there are none, loads them and looks for changes every ten seconds; while PostgreSQL
/// is away it goes on with what it has. When they change is for `rotate` to say. Before the first load nothing can be
/// signed or verified: unavailable.
public final class Keyring: AccessTokens, ServiceTokens, PublishedKeys, VerificationKeys, Service {
    private struct State {
        var keys: [String: SigningKey] = [:]
        var active: SigningKey?
        var published: [PublishedKey] = []
        var generation = 0
        var lastLook: Date?
    }

    private let store: any SigningKeyStore
    private let form: AccessTokenForm
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())
    private static let reloadEvery = Duration.seconds(10)
    private static let lookAgainAfter: TimeInterval = 5

    public convenience init(
        store: PostgresSigningKeys, form: AccessTokenForm, clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.init(keys: store, form: form, clock: clock, logger: logger)
    }

    init(keys store: any SigningKeyStore, form: AccessTokenForm, clock: any WallClock, logger: Logger) {
        self.store = store
        self.form = form
        self.clock = clock
        self.logger = logger
    }

    public func issue(
        to user: User, session: SessionID, since: Date, by methods: Set<AuthenticationMethod>, at now: Date
    ) throws(Failure) -> AccessToken {
        guard let key = state.withLock({ $0.active }) else { throw .unavailable("signing-keys") }
        do {
            return try form.token(for: user, session: session, since: since, by: methods, at: now, signedBy: key)
        } catch {
            throw Failure.unavailable("signing-keys", cause: error)
        }
    }

    public func issue(
        to client: ServiceClientID, scopes: [ServiceScope], at now: Date
    ) throws(Failure) -> AccessToken {
        guard let key = state.withLock({ $0.active }) else { throw .unavailable("signing-keys") }
        do {
            return try form.token(for: client, scopes: scopes, at: now, signedBy: key)
        } catch {
            throw Failure.unavailable("signing-keys", cause: error)
        }
    }

    public func published() -> [PublishedKey] {
        state.withLock { $0.published }
    }

    public var generation: Int { state.withLock { $0.generation } }

    public func key(_ id: String) -> P256.Signing.PublicKey? {
        state.withLock { $0.keys[id]?.privateKey.publicKey }
    }

    public func lookAgain() async throws(Failure) {
        let now = clock.now
        let isDue = state.withLock { state in
            if let last = state.lastLook, now < last.addingTimeInterval(Self.lookAgainAfter) { return false }
            state.lastLook = now
            return true
        }
        if isDue { try? await reload() }
        try check()
    }

    /// Whether tokens can be signed; for the readiness probe. Fails: unavailable.
    public func check() throws(Failure) {
        guard state.withLock({ $0.active != nil }) else { throw .unavailable("signing-keys") }
    }

    /// Makes the keys if there are none, and loads them.
    public func prepare() async throws {
        try await store.prepare()
        try await reload()
    }

    /// Lets the next key sign, in every replica from its next look on. Its predecessor stays published while its tokens live.
    ///
    /// - Parameter isDue: only if the present one has signed for as long as `rules` say.
    @discardableResult
    public func rotate(_ rules: SigningKeyRules, whenDue isDue: Bool = false) async throws -> SigningKeyRotation {
        let rotation = try await store.rotate(rules, whenDue: isDue)
        guard case .rotated(let signing, let next, let retired) = rotation else { return rotation }
        logger.notice(
            "signing keys changed", metadata: ["signing": "\(signing)", "next": "\(next)", "retired": "\(retired)"])
        try await reload()
        return rotation
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var retries = Backoff(first: .seconds(1), longest: .seconds(10))
            var isAway = false
            while !Task.isCancelled {
                var pause = Self.reloadEvery
                do {
                    if (try? self.check()) == nil { try await self.prepare() } else { try await self.reload() }
                    retries.reset()
                    if isAway { self.logger.notice("signing keys are loaded again") }
                    isAway = false
                } catch {
                    pause = retries.next()
                    if !Task.isCancelled, !isAway {
                        self.logger.error("signing keys not loaded", metadata: ["error": "\(error)"])
                    }
                    isAway = true
                }
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func reload() async throws {
        let keys = try await store.load(tokenLife: form.longestLife)
        state.withLock { state in
            let known = Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0) })
            if state.keys.keys.contains(where: { known[$0] == nil }) { state.generation += 1 }
            state.keys = known
            state.active = keys.first { $0.state == .active }
            state.published = keys.map(\.published)
        }
    }
}
