import Logging
import Synchronization
import Testing

@testable import Postgres

/// Who takes a waiting request, decided without a server: drivers that have a seat and never start.
@Suite struct RequestQueueTests {
    private let queue = RequestQueue(
        limits: .init(acquireTimeout: .seconds(5), outagePatience: .milliseconds(500)))
    private static let long: Nanoseconds = 1_000_000_000

    @Test func `a driver whose server is slow leaves new requests to one with room`() {
        let (slow, idle) = (join(), join())
        for seat in [slow, idle] { queue.isConnected(seat) }
        #expect(taken(by: slow, inFlight: 1, headSince: monotonicNow() - Self.long) == 0)
        #expect(queue.rest(slow, isFull: false, isConnected: true) == .sleep)
        #expect(taken(by: idle, inFlight: 0, enqueuing: 0) == 1)
    }

    @Test func `a driver whose server is slow leaves new requests to one that is yet to connect`() {
        let slow = join()
        _ = join()
        queue.isConnected(slow)
        #expect(taken(by: slow, inFlight: 1, headSince: monotonicNow() - Self.long) == 0)
    }

    @Test func `a slow server is better than one that cannot be reached`() {
        let (slow, lost) = (join(), join())
        queue.isConnected(slow)
        queue.isDisconnected(lost, error: PostgresError(.unavailable, "refused"))
        #expect(taken(by: slow, inFlight: 1, headSince: monotonicNow() - Self.long) == 1)
    }

    @Test func `a slow server is better than one as slow`() {
        let (first, second) = (join(), join())
        for seat in [first, second] { queue.isConnected(seat) }
        let since = monotonicNow() - Self.long
        #expect(taken(by: second, inFlight: 1, headSince: since, enqueuing: 0) == 0)
        #expect(taken(by: first, inFlight: 1, headSince: since) == 1)
    }

    @Test func `what is left to a driver that then cannot connect goes to the one that slept`() {
        let (slow, other) = (join(), join())
        queue.isConnected(slow)
        #expect(taken(by: slow, inFlight: 1, headSince: monotonicNow() - Self.long) == 0)
        #expect(queue.rest(slow, isFull: false, isConnected: true) == .sleep)
        #expect(isAsleep(slow))
        queue.isDisconnected(other, error: PostgresError(.unavailable, "refused"))
        #expect(!isAsleep(slow))
    }

    @Test func `quick statements gather on one connection, slower ones spread`() {
        let (first, second) = (join(), join())
        for seat in [first, second] { queue.isConnected(seat) }
        #expect(taken(by: first, inFlight: 40, headSince: monotonicNow(), pace: 1_000) == 1)
        #expect(taken(by: first, inFlight: 40, headSince: monotonicNow(), pace: 1_000_000) == 0)
        #expect(taken(by: second, inFlight: 39, headSince: monotonicNow(), pace: 1_000_000, enqueuing: 0) == 1)
    }

    private final class Drivers { var seats: [ConnectionDriver] = [] }
    private let drivers = Drivers()

    private func isAsleep(_ seat: Int) -> Bool { drivers.seats[seat].isAsleep.load(ordering: .relaxed) }

    private func join() -> Int {
        var configuration = PostgresConfiguration(connectionString: "")
        configuration.applicationName = "test"
        let (parameters, _) = ConnectionParameters.make(configuration)
        let driver = ConnectionDriver(
            ConnectionDriver.Settings(parameters, configuration, logger: Logger(label: "test")), queue: queue)
        drivers.seats.append(driver)
        return queue.join(driver)
    }

    /// How many requests the driver is given that finds so many new ones.
    private func taken(
        by seat: Int, inFlight: Int, headSince: Nanoseconds = 0, pace: Nanoseconds = 0, enqueuing count: Int = 1
    ) -> Int {
        queue.putBack((0..<count).map { _ in Request("SELECT 1") })
        var batch: [Request] = []
        queue.take(for: seat, inFlight: inFlight, headSince: headSince, pace: pace, into: &batch)
        return batch.count
    }
}
