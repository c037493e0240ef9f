public import AWSSigning
public import Foundation
internal import Synchronization

/// Credentials that end, fetched by a closure, kept while they hold and renewed before.
///
/// There is one fetch at a time, however many ask. In the last quarter of their life, and at least five minutes before
/// its end, one who asks begins the next fetch and gets what there is; in the last minute all wait for it. After a fetch
/// that failed there is none for a second, and what still holds is given out.
public final class RefreshingCredentials: AWSCredentialsProvider {
    public typealias Fetch = @Sendable () async throws(NoAWSCredentials) -> AWSCredentials
    private typealias Outcome = Result<AWSCredentials, NoAWSCredentials>

    private struct Held {
        let credentials: AWSCredentials
        let renewAt: Date
        let waitAt: Date
    }

    private struct State {
        var held: Held?
        var fetch: Task<Outcome, Never>?
        var failure: (error: NoAWSCredentials, until: Date)?
    }

    private enum Step {
        case have(AWSCredentials)
        case wait(Task<Outcome, Never>)
        case fail(NoAWSCredentials)
    }

    private let fetch: Fetch
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    public init(now: @escaping @Sendable () -> Date = { Date() }, fetch: @escaping Fetch) {
        self.fetch = fetch
        self.now = now
    }

    /// A caller that is cancelled does not cancel the fetch for the others.
    public func credentials() async throws(NoAWSCredentials) -> AWSCredentials {
        let step = state.withLock { state -> Step in
            let now = now()
            if let held = state.held, now < held.renewAt { return .have(held.credentials) }
            let living = living(state.held, now)
            if let failure = state.failure, now < failure.until {
                return living.map { .have($0) } ?? .fail(failure.error)
            }
            let fetch = state.fetch ?? Task { await self.renewed() }
            state.fetch = fetch
            if let held = state.held, now < held.waitAt { return .have(held.credentials) }
            return .wait(fetch)
        }
        switch step {
        case .have(let credentials): return credentials
        case .fail(let error): throw error
        case .wait(let fetch):
            switch await fetch.value {
            case .success(let credentials): return credentials
            case .failure(let error):
                guard let living = state.withLock({ living($0.held, now()) }) else { throw error }
                return living
            }
        }
    }

    private func living(_ held: Held?, _ now: Date) -> AWSCredentials? {
        held.flatMap { held in held.credentials.expiry.map { now < $0 } ?? true ? held.credentials : nil }
    }

    private func renewed() async -> Outcome {
        let begun = now()
        let outcome: Outcome
        do throws(NoAWSCredentials) {
            let fetched = try await fetch()
            outcome =
                fetched.expiry.map { $0 <= begun } == true ? .failure(.init("they have ended")) : .success(fetched)
        } catch {
            outcome = .failure(error)
        }
        state.withLock { state in
            state.fetch = nil
            switch outcome {
            case .success(let credentials): (state.held, state.failure) = (Self.held(credentials, begun), nil)
            case .failure(let error): state.failure = (error, now().addingTimeInterval(1))
            }
        }
        return outcome
    }

    private static func held(_ credentials: AWSCredentials, _ begun: Date) -> Held {
        guard let expiry = credentials.expiry else {
            return Held(credentials: credentials, renewAt: .distantFuture, waitAt: .distantFuture)
        }
        let life = expiry.timeIntervalSince(begun)
        return Held(
            credentials: credentials,
            renewAt: min(begun.addingTimeInterval(life * 0.75), expiry.addingTimeInterval(-300)),
            waitAt: expiry.addingTimeInterval(-60))
    }
}
