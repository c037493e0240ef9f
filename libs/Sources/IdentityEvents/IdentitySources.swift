/// The events from where they are kept: complete, and asked for.
public protocol IdentityFeed: Sendable {
    /// Events after `position`, the oldest first, a page at most, and where to go on from. None: there is no newer one.
    ///
    /// From the oldest that is kept, when the position is nil or names no event that is there (any more): doubles do no
    /// harm, holes would. Events are kept for longer than any token lives.
    func events(after position: IdentityPosition?) async throws -> IdentityPage
}

public struct IdentityPage: Sendable, Hashable {
    public var events: [IdentityEvent]
    public var next: IdentityPosition

    public init(events: [IdentityEvent], next: IdentityPosition) {
        self.events = events
        self.next = next
    }
}

/// The events as they are brought along: quick, and without promise. Holes, doubles and silence are for the reader to notice.
public protocol IdentityStream: Sendable {
    /// Events after `position`, the oldest first; waits so long for the first of them.
    func events(after position: IdentityPosition, wait: Duration) async throws -> [IdentityEvent]

    /// The last sign of life of whoever fills the stream; nil when there is none.
    func beat() async throws -> IdentityBeat?
}

/// Says, again and again, that the stream had everything up to `position` at that moment.
public struct IdentityBeat: Sendable, Hashable {
    public let position: IdentityPosition
    /// Another one each time.
    public let mark: String
    /// What time it is elsewhere; nil where whoever beats does not say so.
    public let clocks: WitnessedClocks?

    public init(position: IdentityPosition, mark: String, clocks: WitnessedClocks? = nil) {
        self.position = position
        self.mark = mark
        self.clocks = clocks
    }
}
