internal import Synchronization

/// Whether the last try of any of a client's connections reached the server: the log says once that it is away and once that
/// it is back, however many connections try how often.
final class ServerReach: Sendable {
    private let isAway = Atomic<Bool>(false)

    /// Whether that is news.
    func isLost() -> Bool { !isAway.exchange(true, ordering: .acquiringAndReleasing) }

    /// Whether that is news.
    func isFound() -> Bool { isAway.exchange(false, ordering: .acquiringAndReleasing) }
}
