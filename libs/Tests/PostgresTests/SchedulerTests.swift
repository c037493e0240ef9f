import Testing

@testable import Postgres

private struct Job: Schedulable, Equatable {
    var name = 0
    var since: Nanoseconds
    var deadline: Nanoseconds = .max
}

/// Who takes a waiting request and who waits too long, under a clock that stands still until a test moves it.
@Suite struct SchedulerTests {
    private static let second: Nanoseconds = 1_000_000_000
    private var scheduler = Scheduler<Job>(
        limits: .init(acquireTimeout: .seconds(5), outagePatience: .milliseconds(500)))
    private var now: Nanoseconds = 1_000 * second

    private mutating func join(connected: Bool = true) -> Int {
        let seat = scheduler.join()
        if connected { scheduler.connected(seat, to: "here") }
        return seat
    }

    /// How many requests the seat is given that finds so many new ones.
    private mutating func taken(
        by seat: Int, inFlight: Int, since age: Nanoseconds = 0, pace: Nanoseconds = 0, enqueuing count: Int = 1
    ) -> Int {
        _ = scheduler.putBack((0..<count).map { Job(name: $0, since: now) })
        var batch: [Job] = []
        scheduler.take(
            for: seat, inFlight: inFlight, headSince: now - age, pace: pace, into: &batch, now: now)
        return batch.count
    }

    private mutating func enqueue(_ job: Job) -> Scheduler<Job>.Call? {
        guard case .accepted(let call) = scheduler.enqueue(job, now: now) else { return nil }
        return call
    }

    @Test mutating func `a connection whose server is slow leaves new requests to one with room`() {
        let (slow, idle) = (join(), join())
        #expect(taken(by: slow, inFlight: 1, since: Self.second) == 0)
        #expect(scheduler.rest(slow, isFull: false, now: now).0 == .sleep)
        #expect(taken(by: idle, inFlight: 0, enqueuing: 0) == 1)
    }

    @Test mutating func `a connection whose server is slow leaves new requests to one that is yet to connect`() {
        let slow = join()
        _ = join(connected: false)
        #expect(taken(by: slow, inFlight: 1, since: Self.second) == 0)
    }

    @Test mutating func `a slow server is better than one that cannot be reached`() {
        let (slow, lost) = (join(), join(connected: false))
        _ = scheduler.disconnected(lost, PostgresError(.unavailable, "refused"), now: now)
        #expect(taken(by: slow, inFlight: 1, since: Self.second) == 1)
    }

    @Test mutating func `a slow server is better than one as slow`() {
        let (first, second) = (join(), join())
        #expect(taken(by: second, inFlight: 1, since: Self.second, enqueuing: 0) == 0)
        #expect(taken(by: first, inFlight: 1, since: Self.second) == 1)
    }

    @Test mutating func `what is left to one that then cannot connect goes to the one that slept`() {
        let (slow, other) = (join(), join(connected: false))
        #expect(taken(by: slow, inFlight: 1, since: Self.second) == 0)
        #expect(scheduler.rest(slow, isFull: false, now: now).0 == .sleep)
        #expect(scheduler.disconnected(other, PostgresError(.unavailable, "refused"), now: now).wake == slow)
    }

    @Test mutating func `quick statements gather on one connection, slower ones spread`() {
        let (first, second) = (join(), join())
        #expect(taken(by: first, inFlight: 40, pace: 1_000) == 1)
        #expect(taken(by: first, inFlight: 40, pace: 1_000_000) == 0)
        #expect(taken(by: second, inFlight: 39, pace: 1_000_000, enqueuing: 0) == 1)
    }

    @Test mutating func `a new request wakes a sleeper, and nobody while somebody is awake`() {
        let (first, second) = (join(), join())
        for seat in [first, second] { #expect(scheduler.rest(seat, isFull: false, now: now).0 == .sleep) }
        #expect(enqueue(Job(since: now)) == .init(wake: first, reap: false))
        #expect(enqueue(Job(since: now)) == .init(wake: nil, reap: false))
    }

    @Test mutating func `the time is watched for what waits for one that must connect first, once`() {
        let seat = join(connected: false)
        #expect(scheduler.rest(seat, isFull: false, now: now).0 == .sleep)
        #expect(enqueue(Job(since: now)) == .init(wake: seat, reap: true))
        #expect(enqueue(Job(since: now)) == .init(wake: nil, reap: false))
    }

    @Test mutating func `the time is watched for what waits while every connection is full`() {
        let seat = join()
        _ = taken(by: seat, inFlight: 63, enqueuing: 2)
        let (rest, call) = scheduler.rest(seat, isFull: true, now: now)
        #expect(rest == .sleep && call == .init(wake: nil, reap: true))
    }

    @Test mutating func `what waits too long is given up, sooner while no server can be reached`() {
        let seat = join(connected: false)
        _ = enqueue(Job(name: 1, since: now))
        now += 4 * Self.second
        #expect(scheduler.expire(now: now).expired.isEmpty)
        _ = enqueue(Job(name: 2, since: now))
        now += Self.second
        let (expired, nap) = scheduler.expire(now: now)
        #expect(expired.map(\.0.name) == [1] && expired.first?.1.kind == .timedOut && nap != nil)
        _ = scheduler.disconnected(seat, PostgresError(.unavailable, "refused"), now: now)
        let (rest, end) = scheduler.expire(now: now)
        #expect(rest.map(\.0.name) == [2] && rest.first?.1.kind == .unavailable && end == nil)
    }

    @Test mutating func `a request with less time than others is given up before them`() {
        _ = join(connected: false)
        _ = enqueue(Job(name: 1, since: now))
        _ = enqueue(Job(name: 2, since: now, deadline: now + 10))
        now += 10
        #expect(scheduler.expire(now: now).expired.map(\.0.name) == [2])
        #expect(scheduler.waiting.map(\.name) == [1])
    }

    @Test mutating func `a server that answers nobody loses all connections to it and no other`() {
        let (here, there, alsoHere) = (join(), scheduler.join(), join())
        scheduler.connected(there, to: "there")
        let lost = scheduler.silent("here", PostgresError(.unavailable, "silent"))
        #expect(lost.seats == [here, alsoHere] && scheduler.outage == nil)
        #expect(taken(by: here, inFlight: 0) == 0, "nothing more goes there")
        #expect(taken(by: there, inFlight: 0, enqueuing: 0) == 1)
        #expect(scheduler.silent("there", PostgresError(.unavailable, "silent")).seats == [there])
        #expect(scheduler.outage != nil)
    }

    @Test mutating func `what builds on a request that was given up is given up with it`() {
        scheduler = Scheduler(
            limits: .init(acquireTimeout: .seconds(5), outagePatience: .milliseconds(500), isChain: true))
        _ = join(connected: false)
        _ = enqueue(Job(name: 1, since: now, deadline: now + 1))
        _ = enqueue(Job(name: 2, since: now))
        let (expired, nap) = scheduler.expire(now: now + 1)
        #expect(expired.map(\.0.name) == [1, 2] && expired.last?.1.kind == .transaction && nap == nil)
        guard case .refused = scheduler.enqueue(Job(since: now), now: now) else {
            return #expect(Bool(false), "nothing more is taken")
        }
    }

    @Test mutating func `no length of time is an arithmetic fault`() {
        let ages = Duration(secondsComponent: .max, attosecondsComponent: 0)
        scheduler = Scheduler(limits: .init(acquireTimeout: ages, outagePatience: ages))
        _ = join(connected: false)
        _ = enqueue(Job(since: now))
        #expect(scheduler.expire(now: .max - 1).expired.isEmpty)
    }
}
