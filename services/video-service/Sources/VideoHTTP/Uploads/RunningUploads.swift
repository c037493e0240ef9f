public import AuthKit
import DomainKit
public import Foundation
import HTTPKit
import HTTPTypes
import Synchronization
import VideoDomain

/// Uploads whose bytes come in here at this moment, by whose they are: what becomes known of an account reaches them
/// while they run.
public final class RunningUploads: Sendable {
    private let verifier: TokenVerifier
    private let permits = Mutex<[UUID: [CallerPermit]]>([:])

    public init(verifier: TokenVerifier) {
        self.verifier = verifier
    }

    /// Something became known of the tokens of `user`: whatever is received from them and may not be ends. From any thread,
    /// after the verifier knows it.
    public func recheck(_ user: UUID) {
        for permit in permits.withLock({ $0[user] ?? [] }) { permit.wake() }
    }

    /// Runs `body`, which gets the right of `caller` to go on. When that goes on the way the failure is the caller's, and
    /// the connection ends with the answer: what else comes on it is the rest of a body that nobody reads.
    func during<Value>(
        _ caller: Principal, _ body: (any Permit) async throws -> Value
    ) async throws -> Value {
        let permit = CallerPermit(caller, verifier)
        permits.withLock { $0[caller.userID, default: []].append(permit) }
        defer { remove(permit, of: caller.userID) }
        do {
            return try await body(permit)
        } catch let failure as Failure where permit.isGone {
            throw failure.with([.connection: "close"])
        }
    }

    private func remove(_ permit: CallerPermit, of user: UUID) {
        permits.withLock { permits in
            permits[user]?.removeAll { $0 === permit }
            if permits[user]?.isEmpty == true { permits[user] = nil }
        }
    }
}

/// A caller's right to go on with what began under a token: it goes with the token, except that an upload may outlast it.
private final class CallerPermit: Permit {
    private let caller: Principal
    private let verifier: TokenVerifier
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    init(_ caller: Principal, _ verifier: TokenVerifier) {
        self.caller = caller
        self.verifier = verifier
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func check() throws(Failure) { try verifier.check(caller) }

    var isGone: Bool { (try? check()) == nil }

    func wake() { change.yield() }

    func changed() async {
        for await _ in changes { return }
    }
}
