import Foundation
import IdentityEvents
import Synchronization

/// A feed and a stream whose contents, holes and outages a test decides.
final class ScriptedSources: IdentityFeed, IdentityStream {
    struct Away: Error {}

    struct State {
        var kept: [IdentityEvent] = []
        var streamed: [IdentityEvent] = []
        var beat: IdentityPosition?
        var mark = 0
        var isFeedAway = false
        var isStreamAway = false
        var isBeating = true
        var feedReads = 0
        var clocks: WitnessedClocks?
    }

    private let state = Mutex(State())

    /// Commits events, and brings those of them along that are not left out.
    func commit(_ events: [IdentityEvent], leavingOut left: Set<Int64> = []) {
        state.withLock { state in
            state.kept += events
            state.streamed += events.filter { !left.contains($0.seq) }
            state.beat = state.kept.last?.position
        }
    }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    var feedReads: Int { state.withLock { $0.feedReads } }
    /// How often the beat was read while it beat.
    var beats: Int { state.withLock { $0.mark } }

    func events(after position: IdentityPosition?) async throws -> IdentityPage {
        try state.withLock { state in
            state.feedReads += 1
            if state.isFeedAway { throw Away() }
            let known = position == .beginning || state.kept.contains { $0.position == position }
            let after = known ? position?.seq ?? 0 : 0
            let page = Array(state.kept.filter { $0.seq > after }.prefix(2))
            return IdentityPage(events: page, next: page.last?.position ?? (known ? position! : .beginning))
        }
    }

    func events(after position: IdentityPosition, wait: Duration) async throws -> [IdentityEvent] {
        for turn in 0... {
            let found = try state.withLock { state in
                if state.isStreamAway { throw Away() }
                return state.streamed.filter { $0.seq > position.seq }
            }
            if !found.isEmpty || turn == 3 || wait == .zero { return found }
            try await Task.sleep(for: wait / 4)
        }
        return []
    }

    func beat() async throws -> IdentityBeat? {
        state.withLock { state in
            if state.isBeating { state.mark += 1 }
            return IdentityBeat(position: state.beat ?? .beginning, mark: "\(state.mark)", clocks: state.clocks)
        }
    }
}
