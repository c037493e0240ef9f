import Foundation

/// When something is due at each of a list's elements: a row of numbers beside it, of which thousands are read in
/// microseconds. It is kept in the list's order, also where the last element takes the place of one that goes.
struct DueTimes {
    /// In so many turns every element has its turn, whether or not something is known to be due.
    static let round = 10

    private var times: [TimeInterval] = []
    private var turns = 0

    mutating func append(_ time: Date) { times.append(time.timeIntervalSinceReferenceDate) }

    mutating func set(_ time: Date, at place: Int) { times[place] = time.timeIntervalSinceReferenceDate }

    mutating func removeReplacingByLast(at place: Int) {
        let last = times.removeLast()
        if place < times.count { times[place] = last }
    }

    /// The places at which something is due, and a part of the others.
    mutating func turn(at now: Date) -> [Int] {
        turns = (turns + 1) % Self.round
        let now = now.timeIntervalSinceReferenceDate
        return times.indices.filter { times[$0] <= now || $0 % Self.round == turns }
    }
}
