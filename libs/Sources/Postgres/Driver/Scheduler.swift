internal import DequeModule
internal import Timing

/// What waits for a connection: since when, and until when its caller does.
protocol Schedulable {
    var since: Nanoseconds { get }
    var deadline: Nanoseconds { get }
}

/// Which connection takes a waiting request, whom to wake for it, and when nobody shall wait any longer.
///
/// A pure value: no lock, no thread, no clock. `RequestQueue` keeps one under its lock and does what it says.
///
/// ```
///               enqueue                  take
///  callers ───────────────► waiting ────────────► seat 0  connected, awake    ■■■■□□  in flight: quick, or full
///                            │   ▲                seat 1  connected, asleep   □□□□□□  woken when 0 would be slow
///                     expire │   │ putBack        seat 2  connecting, awake           counts as 5 ms away
///                            ▼   └─────────────── seat 3  asleep, no connection       woken last
///                        timed out, or no server
/// ```
///
/// A request is bound to a connection only when it is sent, so what has not been sent survives the loss of any of them.
/// It goes to the first connection on which it would wait hardly at all, else to the one where it would wait least. So
/// quick statements gather on few connections, where one write carries many of them and few threads take turns on the
/// processors, and statements that take their time spread over all.
///
/// Whenever something waits that no connected seat is about to take, somebody must watch the time: `Call.reap` says so.
struct Scheduler<Work: Schedulable> {
    struct Limits: Sendable {
        /// Requests that may wait.
        var waiting = 10_000
        /// Requests sent on one connection and not yet answered.
        var inFlight = 64
        var acquireTimeout: Duration
        var outagePatience: Duration
        /// What waits builds on one another: when one is given up, so is all behind it, and nothing is taken any more.
        var isChain = false
    }

    struct Seat {
        var isTaken = true
        /// Whether it takes a call to get its attention.
        var isAsleep = false
        var isConnected = false
        /// Its last try to connect failed.
        var isFailing = false
        /// Where it leads to.
        var address = ""
        var inFlight = 0
        /// Since when the server has been at the same request.
        var headSince: Nanoseconds = 0
        /// How long the server takes for one request, lately.
        var pace: Nanoseconds = 0
    }

    /// What the owner of this value has to do next.
    struct Call: Equatable {
        /// The seat to wake.
        var wake: Int?
        /// Start calling `expire`, until it says nil.
        var reap = false
    }

    enum Admission {
        case accepted(Call)
        case refused(PostgresError)
    }

    enum Rest: Equatable { case sleep, look, leave }

    let limits: Limits
    var waiting: Deque<Work> = []
    var seats: [Seat] = []
    var isReaping = false
    /// Why no server can be reached, while that is so.
    var outage: PostgresError?
    /// Why nothing is taken any more.
    var ending: PostgresError?

    init(limits: Limits) {
        self.limits = limits
    }

    // MARK: Work

    mutating func enqueue(_ work: Work, now: Nanoseconds) -> Admission {
        if let ending { return .refused(ending) }
        if waiting.count >= limits.waiting {
            return .refused(PostgresError(.unavailable, "\(limits.waiting) statements are waiting already"))
        }
        waiting.append(work)
        if hasSeatOnItsWay() { return .accepted(Call()) }
        let sleeper = takeSleeper(now)
        // One that must connect first may be long about it.
        return .accepted(
            Call(wake: sleeper, reap: startsReaping(unless: sleeper.map { seats[$0].isConnected } ?? false)))
    }

    /// Puts what may be sent again in front of all others. The refusal, if nothing is taken any more.
    mutating func putBack(_ works: [Work]) -> PostgresError? {
        if let ending { return ending }
        for work in works.reversed() { waiting.prepend(work) }
        return nil
    }

    /// Takes nothing more; what waits is the caller's to fail.
    mutating func close(_ reason: PostgresError) -> Deque<Work> {
        guard ending == nil else { return [] }
        ending = reason
        defer { waiting = [] }
        return waiting
    }

    // MARK: Time

    /// Whether somebody has to start watching the time now. Nobody need in ordinary times.
    mutating func startsReaping(unless isCertain: Bool) -> Bool {
        if isCertain || isReaping { return false }
        isReaping = true
        return true
    }
}
