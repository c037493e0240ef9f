import Foundation
import Testing

@testable import ChatHTTP

@Suite struct DueTimesTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private func times(_ seconds: [TimeInterval]) -> DueTimes {
        seconds.reduce(into: DueTimes()) { $0.append(now + $1) }
    }

    /// Of 23 in which nothing but those is due.
    private func due(_ times: inout DueTimes, at moment: Date) -> Set<Int> {
        // What has its turn anyway is another part each time.
        let turns = (0..<DueTimes.round).map { _ in Set(times.turn(at: moment)) }
        return turns.dropFirst().reduce(turns[0]) { $0.intersection($1) }
    }

    @Test func `what is due comes at its time and not before`() {
        var times = times((0..<23).map { Double($0) })
        #expect(due(&times, at: now - 1) == [])
        #expect(due(&times, at: now) == [0])
        #expect(due(&times, at: now + 4.5) == [0, 1, 2, 3, 4])
        times.set(now + 60, at: 2)
        #expect(due(&times, at: now + 4.5) == [0, 1, 3, 4])
    }

    @Test func `every element has its turn in a round, whatever is known of it`() {
        var times = times([TimeInterval](repeating: 1_000, count: 23))
        let turns = (0..<DueTimes.round).flatMap { _ in times.turn(at: now) }
        #expect(turns.sorted() == Array(0..<23))
    }

    @Test func `the last takes the place of one that goes, with its time`() {
        var times = times([1, 2, 3, 4, 0])
        times.removeReplacingByLast(at: 1)
        #expect(due(&times, at: now) == [1])
        times.removeReplacingByLast(at: 3)
        #expect(due(&times, at: now + 3) == [0, 1, 2])
        times.removeReplacingByLast(at: 1)
        #expect(due(&times, at: now + 3) == [0, 1])
        for _ in 0..<2 { times.removeReplacingByLast(at: 0) }
        #expect(times.turn(at: .distantFuture) == [])
    }
}
