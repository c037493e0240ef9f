public import Crypto
public import DomainKit
import Foundation
public import Logging
public import ServiceLifecycle
import Synchronization
import Timing

/// The issuer's public keys, fetched ahead of need and kept while the issuer is away.
///
/// Reads `https://` and `file://` URLs, `http://` ones on this machine. As a service it fetches at once, then every `refreshEvery`, after a failed
/// fetch with growing pauses. Keys once seen stay until a later document no longer has them: an issuer that is away
/// locks nobody out. A token with an unknown `kid` causes one look at most every `lookAgainAfter`, however many come.
public final class JWKSource: VerificationKeys, Service {
    public struct Pace: Sendable {
        public var refreshEvery: Duration
        public var lookAgainAfter: Duration

        public init(refreshEvery: Duration = .seconds(300), lookAgainAfter: Duration = .seconds(5)) {
            self.refreshEvery = refreshEvery
            self.lookAgainAfter = lookAgainAfter
        }
    }

    /// What a `JWKS_URL` that cannot be used is refused with.
    public struct UnusableURL: Error, CustomStringConvertible {
        public let url: String
        public var description: String { "not an https or file URL, nor http to this machine: \(url)" }
    }

    private struct State {
        var keys: [String: P256.Signing.PublicKey] = [:]
        var hasLoaded = false
        var lastLook: Date?
        var look: Task<Bool, Never>?
    }

    private let document: JWKSDocument
    private let pace: Pace
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())
    private let changes = Atomic<Int>(0)

    /// - Parameter allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    public init(
        url: String, allowsPlaintext: Bool = false, pace: Pace = Pace(), clock: any WallClock = SystemWallClock(),
        logger: Logger
    ) throws(UnusableURL) {
        guard let document = JWKSDocument(url: url, allowsPlaintext: allowsPlaintext) else {
            throw UnusableURL(url: url)
        }
        self.document = document
        self.pace = pace
        self.clock = clock
        self.logger = logger
    }

    public var generation: Int { changes.load(ordering: .acquiring) }

    public func key(_ id: String) -> P256.Signing.PublicKey? {
        state.withLock { $0.keys[id] }
    }

    public func lookAgain() async throws(Failure) {
        let look = state.withLock { state -> Task<Bool, Never>? in
            if let look = state.look { return look }
            let pause = pace.lookAgainAfter / .seconds(1)
            if let last = state.lastLook, clock.now < last.addingTimeInterval(pause) { return nil }
            return startLook(&state)
        }
        // The look is shared, so a caller that is cancelled does not cancel it for the others.
        _ = await look?.value
        guard state.withLock({ $0.hasLoaded }) else { throw .unavailable("jwks") }
    }

    /// Whether tokens can be verified; for the readiness probe.
    ///
    /// Fails: unavailable, when no key set was ever fetched.
    public func check() async throws(Failure) {
        if state.withLock({ $0.hasLoaded }) { return }
        try await lookAgain()
    }

    /// Keeps the keys fresh until cancelled or shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var retries = Backoff(first: .seconds(2), longest: .seconds(30))
            while !Task.isCancelled {
                let loaded = await self.look()
                if loaded { retries.reset() }
                let pause = loaded ? self.pace.refreshEvery : retries.next()
                // Until the next look; cut short by the end, which the loop then sees.
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func look() async -> Bool {
        await state.withLock { $0.look ?? startLook(&$0) }.value
    }

    /// Call with the lock held.
    private func startLook(_ state: inout State) -> Task<Bool, Never> {
        let look = Task { await self.fetch() }
        state.look = look
        state.lastLook = clock.now
        return look
    }

    private func fetch() async -> Bool {
        do {
            let keys = try JWKSet(json: await document.read()).keys
            state.withLock { state in
                if state.keys.contains(where: { keys[$0]?.rawRepresentation != $1.rawRepresentation }) {
                    changes.add(1, ordering: .releasing)
                }
                state.keys = keys
                state.hasLoaded = true
                state.look = nil
            }
            logger.debug("JWKS fetched", metadata: ["jwks_keys": "\(keys.keys.sorted())"])
            return true
        } catch {
            state.withLock { $0.look = nil }
            logger.warning("JWKS not fetched", metadata: ["jwks_url": "\(document.url)", "error": "\(error)"])
            return false
        }
    }
}
