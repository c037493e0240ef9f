public import DomainKit
import Foundation
public import Logging
import Metrics
public import ServiceLifecycle
import Timing

/// Keeps a `RevocationTable` in step with what user-service commits, for as long as the service runs.
///
/// The stream is quick, the feed is complete. It begins with the feed, then reads the stream, and asks the feed again for
/// whatever the stream cannot be trusted with: a number that was left out, a beat that names another event than the last
/// one read (trimmed, emptied, restored), no beat for `Pace.beatPatience` (a relay that is gone, a server cut off from the
/// others), no answer at all. The table is told that it is current only by a beat or by the feed, as of the moment they
/// were asked.
public final class IdentityFollower: Service {
    public struct Pace: Sendable {
        /// How long one look at the stream waits for news.
        public var wait: Duration
        /// The relay beats once a second; after so long without a new one the stream counts as silent.
        public var beatPatience: Duration
        /// How often the feed is asked while the stream is away or silent.
        public var poll: Duration

        public init(
            wait: Duration = .seconds(1), beatPatience: Duration = .seconds(4), poll: Duration = .seconds(5)
        ) {
            self.wait = wait
            self.beatPatience = beatPatience
            self.poll = poll
        }
    }

    private let table: RevocationTable
    private let stream: any IdentityStream
    private let feed: any IdentityFeed
    private let pace: Pace
    private let logger: Logger
    private let clock: ClockWatch
    private let lag = Gauge(label: "identity_event_lag_seconds")
    private let age = Gauge(label: "identity_current_age_seconds")

    public init(
        table: RevocationTable, stream: any IdentityStream, feed: any IdentityFeed, pace: Pace = Pace(),
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.table = table
        self.stream = stream
        self.feed = feed
        self.pace = pace
        self.clock = ClockWatch(clock, logger: logger)
        self.logger = logger
    }

    /// For the readiness probe. Fails: unavailable, while the table is not current.
    public func check() throws(Failure) {
        guard table.isCurrent else { throw .unavailable("identity-events") }
    }

    /// For the readiness probe. Fails: unavailable, while two other machines agree that this one's clock is off.
    public func checkClock() throws(Failure) {
        guard !clock.isOff else { throw .unavailable("clock") }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    // MARK: Following

    /// Where the follower stands.
    private struct State {
        /// The last event read; nil until the feed was read to its end once.
        var position: IdentityPosition?
        /// The last event before the first hole; the feed goes on from there.
        var whole: IdentityPosition?
        /// Whether events between `whole` and `position` are missing.
        var hasHole = false
        /// When the feed is to be asked; nil while the stream is followed and gives no reason to.
        var feedDue: UInt64? = 0
        var retries: Backoff
        /// Of the last beat, and since when it is the same one.
        var mark: String?
        var markSince: UInt64
        /// How often in a row the beat named another event than the last one read.
        var differences = 0
        var isStreamAway = false
        var isFeedAway = false
    }

    private func follow() async {
        var state = State(
            retries: Backoff(first: min(.milliseconds(100), pace.poll), longest: pace.poll), markSince: table.now)
        // Before the table is current, so that nobody is ready for a moment by a clock that is off.
        _ = try? await readBeat()
        while !Task.isCancelled {
            if let due = state.feedDue, table.now >= due { await readFeed(&state) }
            if state.position == nil {
                await pause(until: state.feedDue)
            } else {
                await readStream(&state)
            }
            table.forget()
            if let seconds = table.age { age.record(seconds) }
        }
    }

    /// Asks the feed until it has nothing more.
    private func readFeed(_ state: inout State) async {
        do {
            var asked = table.now
            var page = try await feed.events(after: state.whole)
            while !page.events.isEmpty {
                // What happened before the start is late for nobody.
                for event in page.events { apply(event, isNews: state.position != nil) }
                state.whole = page.next
                asked = table.now
                page = try await feed.events(after: page.next)
            }
            table.heard(at: asked)
            (state.whole, state.position, state.hasHole) = (page.next, page.next, false)
            (state.differences, state.feedDue) = (0, nil)
            state.retries.reset()
            if state.isFeedAway { logger.notice("identity feed is back") }
            state.isFeedAway = false
        } catch {
            if Task.isCancelled { return }
            if !state.isFeedAway { logger.warning("identity feed not read", metadata: ["error": "\(error)"]) }
            state.isFeedAway = true
            state.feedDue = table.now &+ state.retries.next().wholeNanoseconds
        }
    }

    private func readStream(_ state: inout State) async {
        do {
            // A beat that differs is looked into at once: the event it names may have come since.
            let wait = state.differences > 0 ? .zero : pace.wait
            let events = try await stream.events(after: state.position ?? .beginning, wait: wait)
            for event in events { take(event, &state) }
            let asked = table.now
            compare(try await readBeat(), asked, isDrained: events.isEmpty, &state)
            if state.isStreamAway { logger.notice("identity stream is back") }
            state.isStreamAway = false
        } catch {
            if Task.isCancelled { return }
            if !state.isStreamAway { logger.warning("identity stream not read", metadata: ["error": "\(error)"]) }
            askFeed(&state, in: state.isStreamAway ? pace.poll : .zero)
            state.isStreamAway = true
            await pause(until: state.feedDue)
        }
    }

    private func readBeat() async throws -> IdentityBeat? {
        let look = clock.look()
        let beat = try await stream.beat()
        clock.compare(with: beat?.clocks, since: look)
        return beat
    }

    private func take(_ event: IdentityEvent, _ state: inout State) {
        apply(event, isNews: true)
        let isNext = event.seq == state.position?.seq.addingReportingOverflow(1).partialValue
        if !isNext {
            state.hasHole = true
            logger.warning("identity stream has a hole", metadata: ["next": "\(event.seq)"])
            askFeed(&state, in: .zero)
        }
        state.position = event.position
        if !state.hasHole { state.whole = event.position }
    }

    /// Holds what the relay says of the stream against what came of it.
    private func compare(_ beat: IdentityBeat?, _ asked: UInt64, isDrained: Bool, _ state: inout State) {
        guard let beat, beat.mark != state.mark else {
            if asked > state.markSince, asked - state.markSince > pace.beatPatience.wholeNanoseconds {
                askFeed(&state, in: pace.poll)
            }
            return
        }
        (state.mark, state.markSince) = (beat.mark, asked)
        if beat.position == state.position {
            state.differences = 0
            guard !state.hasHole else { return }
            // Whatever made the stream suspect, it has everything now.
            state.feedDue = nil
            table.heard(at: asked)
        } else if isDrained || beat.position.seq <= state.position?.seq ?? 0 {
            state.differences += 1
            if state.differences > 1 { askFeed(&state, in: .zero) }
        }
    }

    /// No later than it is due already.
    private func askFeed(_ state: inout State, in pause: Duration) {
        let due = table.now &+ pause.wholeNanoseconds
        state.feedDue = min(state.feedDue ?? due, due)
    }

    /// A second at most, so that the table is looked after meanwhile; cut short by the end.
    private func pause(until due: UInt64?) async {
        let now = table.now
        let rest = due.map { $0 > now ? $0 - now : 0 } ?? 0
        try? await Task.sleep(for: min(.nanoseconds(Int64(clamping: rest)), .seconds(1)))
    }

    private func apply(_ event: IdentityEvent, isNews: Bool) {
        table.apply(event)
        // By two machines' clocks: the database's and this one's.
        if isNews { lag.record(max(0, -event.at.timeIntervalSinceNow)) }
    }
}
