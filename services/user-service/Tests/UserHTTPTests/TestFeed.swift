import DomainKit
import IdentityEvents
import Synchronization

/// Events as a test has them, and from where they were asked for.
final class TestFeed: IdentityFeed {
    private struct State {
        var page = IdentityPage(events: [], next: .beginning)
        var asked: [IdentityPosition?] = []
        var isAway = false
    }

    private let state = Mutex(State())

    var asked: [IdentityPosition?] { state.withLock { $0.asked } }

    func set(_ page: IdentityPage) { state.withLock { $0.page = page } }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    func events(after position: IdentityPosition?) async throws -> IdentityPage {
        try state.withLock { state in
            if state.isAway { throw Failure.unavailable("postgres") }
            state.asked.append(position)
            return state.page
        }
    }
}
