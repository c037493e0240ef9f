/// Makes and checks password hashes, slowly on purpose and away from the threads that serve requests.
///
/// Both methods wait for a place among a bounded number of workers.
/// Fail: unavailable when too many wait already; `CancellationError` when cancelled before the work began.
public protocol PasswordHasher: Sendable {
    func hash(_ password: Password) async throws -> PasswordHash

    /// Whether `password` is the one `hash` was made of. With no hash, the answer is no and takes the same time.
    func check(_ password: ClaimedPassword, against hash: PasswordHash?) async throws -> PasswordCheck
}

public enum PasswordCheck: Sendable, Hashable {
    case wrong
    case right
    /// Right, and the hash was made with less effort than is asked of new ones.
    case rightButWeak
}
