public import Foundation

/// What the clocks of two other machines say at the moment a beat is read.
///
/// A machine whose clock is off takes tokens that ended, refuses fresh ones as not yet valid, and gives out addresses that
/// are dead on arrival. It cannot know by itself. One witness could be the one that is wrong, so there are two, and only
/// what both of them contradict is judged.
public struct WitnessedClocks: Sendable, Hashable {
    /// Two machines that are this far from each other are no witnesses against a third.
    public static let agreement: TimeInterval = 10
    /// From here on a clock is off. Tokens live for minutes, and what is judged by time allows seconds.
    public static let tolerance: TimeInterval = 30

    /// Of whoever carries the stream.
    public let stream: Date
    /// Of the database the events are committed in; nil when the beat does not say it.
    public let database: Date?

    public init(stream: Date, database: Date?) {
        self.stream = stream
        self.database = database
    }

    /// How far `clock` is ahead of the stream's.
    public func offset(of clock: Date) -> TimeInterval { clock.timeIntervalSince(stream) }

    /// Whether both witnesses say that `clock` is off; nil when they do not agree with each other.
    public func contradict(_ clock: Date) -> Bool? {
        guard let database, abs(database.timeIntervalSince(stream)) <= Self.agreement else { return nil }
        return min(abs(offset(of: clock)), abs(clock.timeIntervalSince(database))) > Self.tolerance
    }
}
