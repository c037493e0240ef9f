import Foundation

/// How much, how long and how often: the numbers of an upload's life.
public struct UploadLimits: Sendable, Hashable {
    /// The largest video.
    public var mostBytes: Int64
    /// An upload without progress for this long is given up.
    public var expiry: Duration
    /// How long a writer that died keeps others out. One that lives renews its lease every third of it.
    public var leaseLife: Duration
    /// How long a writer keeps its lease while no byte comes: its client may have gone without a word.
    public var stallPatience: Duration
    /// How long a question for the offset waits for a writer that is just ending, as after a cut connection.
    public var settling: Duration
    /// How long a request to write waits for its turn: longer than a lease and a stall, so that a client that goes on after a
    /// crash is served, however few times it would try again.
    public var turnPatience: Duration
    /// Received bytes become durable and acknowledged after so many ...
    public var checkpointBytes: Int64
    /// ... or after so long, whichever is first.
    public var checkpointInterval: Duration

    public init(
        mostBytes: Int64 = 64 << 30, expiry: Duration = .seconds(24 * 3_600),
        leaseLife: Duration = .milliseconds(1_500),
        stallPatience: Duration = .seconds(4), settling: Duration = .seconds(1), turnPatience: Duration = .seconds(10),
        checkpointBytes: Int64 = 64 << 20,
        checkpointInterval: Duration = .seconds(2)
    ) {
        self.mostBytes = mostBytes
        self.expiry = expiry
        self.leaseLife = leaseLife
        self.stallPatience = stallPatience
        self.settling = settling
        self.turnPatience = turnPatience
        self.checkpointBytes = checkpointBytes
        self.checkpointInterval = checkpointInterval
    }

    func expiry(from now: Date) -> Date {
        now + Double(expiry.components.seconds)
    }
}
