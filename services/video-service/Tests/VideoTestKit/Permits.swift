public import DomainKit
import Synchronization
public import VideoDomain

/// A right that lasts until a test takes it back.
public final class TestPermit: Permit {
    private let failure = Mutex<Failure?>(nil)
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    public init() {
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    public func revoke(with failure: Failure) {
        self.failure.withLock { $0 = failure }
        change.yield()
    }

    /// Says that something changed when nothing did.
    public func wake() { change.yield() }

    public func check() throws(Failure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    public func changed() async {
        for await _ in changes { return }
    }
}

/// Accounts of which a test says who is banned.
public final class TestStandings: AccountStandings {
    private let banned = Mutex<Set<UserID>>([])

    public init() {}

    public func ban(_ user: UserID) { banned.withLock { _ = $0.insert(user) } }

    public func lift(_ user: UserID) { banned.withLock { _ = $0.remove(user) } }

    public func requireGood(_ user: UserID) throws(Failure) {
        if banned.withLock({ $0.contains(user) }) { throw .testBan }
    }
}

extension Failure {
    public static var testBan: Failure { Failure(.forbidden, code: "test.banned", message: "Banned.") }
}
