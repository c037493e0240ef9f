internal import DequeModule
internal import Timing

// MARK: - Where a request would wait

extension Scheduler {
    /// Some seat is awake with room: it looks for work before it sleeps.
    func hasSeatOnItsWay(besides excluded: Int? = nil) -> Bool {
        seats.indices.contains { index in
            index != excluded && seats[index].isConnected && seats[index].inFlight < limits.inFlight
                && !seats[index].isAsleep
        }
    }

    /// For what `seat`, which is awake, does not take: the sleeper to wake, unless somebody is coming anyway.
    mutating func wakeAnother(than seat: Int, _ now: Nanoseconds) -> Int? {
        hasSeatOnItsWay(besides: seat) ? nil : takeSleeper(now)
    }

    /// A request would wait on this seat, and less on another one.
    func leavesToOthers(_ seat: Int, _ now: Nanoseconds) -> Bool {
        let wait = seats[seat].wait(now)
        return wait > 0
            && seats.contains { other in
                other.isTaken && other.inFlight < limits.inFlight && (other.isConnected || !other.isFailing)
                    && other.wait(now) < wait
            }
    }

    /// The sleeper where a request would wait least, the first of them, marked as awake; nil when it would wait less
    /// with one that is on its way.
    mutating func takeSleeper(_ now: Nanoseconds) -> Int? {
        var best: Int?
        var least = Nanoseconds.max
        for (index, seat) in seats.enumerated() {
            guard seat.isTaken, seat.isAsleep, seat.inFlight < limits.inFlight else { continue }
            let wait = seat.wait(now)
            if wait < least { (best, least) = (index, wait) }
        }
        guard let best, !leavesToOthers(best, now) else { return nil }
        awake(best)
        return best
    }
}

extension Scheduler.Seat {
    /// A wait not worth the use of another connection.
    private static var negligible: Nanoseconds { 2_000_000 }
    /// About what a connect costs.
    private static var connect: Nanoseconds { 5_000_000 }

    /// How long one more request would wait here, by what is in flight and how quickly that has been answered; none
    /// if that is hardly anything.
    fileprivate func wait(_ now: Nanoseconds) -> Nanoseconds {
        guard isConnected else { return Self.connect }
        guard inFlight > 0 else { return 0 }
        let wait = max(Nanoseconds(inFlight) &* pace, now > headSince ? now - headSince : 0)
        return wait > Self.negligible ? wait : 0
    }
}

// MARK: - When a request has waited too long

extension Scheduler {
    /// Between two looks at what waits, at most: an outage may begin meanwhile, or somebody with less time come.
    private static var longestNap: Nanoseconds { 100_000_000 }

    /// Takes out what has waited for too long, and tells when to look again; nil when nothing waits any more.
    mutating func expire(now: Nanoseconds) -> (expired: [(Work, PostgresError)], nap: Nanoseconds?) {
        var expired: [(Work, PostgresError)] = []
        var kept: Deque<Work> = []
        var next = Nanoseconds.max
        let patience = (outage == nil ? limits.acquireTimeout : min(limits.outagePatience, limits.acquireTimeout))
            .wholeNanoseconds
        for work in waiting {
            let end = min(work.since.addingSaturated(patience), work.deadline)
            if limits.isChain, !expired.isEmpty {
                expired.append((work, .brokenChain))
            } else if now >= end {
                expired.append((work, work.deadline <= now ? .outOfTime : outageError))
            } else {
                kept.append(work)
                next = min(next, end)
            }
        }
        waiting = kept
        if kept.isEmpty { isReaping = false }
        if limits.isChain, !expired.isEmpty { _ = close(.brokenChain) }
        guard next != .max || !kept.isEmpty else { return (expired, nil) }
        return (expired, min(next - now, Self.longestNap) + 1_000_000)
    }

    private var outageError: PostgresError {
        outage.map { PostgresError(.unavailable, $0.message, sqlState: $0.sqlState) }
            ?? PostgresError(.timedOut, "no connection became free within \(limits.acquireTimeout)")
    }
}

extension PostgresError {
    /// The call's own time is up.
    static var outOfTime: PostgresError { PostgresError(.timedOut, "no answer within the time the call has") }
    static var brokenChain: PostgresError {
        PostgresError(.transaction, "a statement before it was given up; nothing of the transaction takes effect")
    }
}

extension Nanoseconds {
    func addingSaturated(_ other: Nanoseconds) -> Nanoseconds {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
