public import Foundation

/// How much, how long and how often: the numbers of an upload's life.
public struct UploadLimits: Sendable, Hashable {
    /// The largest video.
    public var mostBytes: Int64
    /// An upload without progress for this long is given up.
    public var expiry: Duration
    /// How long a writer that died keeps others out.
    public var leaseLife: Duration
    /// How long a request waits for a writer that is just ending, as after a cut connection.
    public var settling: Duration
    /// Received bytes become durable and acknowledged after so many ...
    public var checkpointBytes: Int64
    /// ... or after so long, whichever is first. Well below `leaseLife`, which it renews.
    public var checkpointInterval: Duration

    public init(
        mostBytes: Int64 = 64 << 30, expiry: Duration = .seconds(24 * 3_600), leaseLife: Duration = .seconds(15),
        settling: Duration = .seconds(1), checkpointBytes: Int64 = 64 << 20, checkpointInterval: Duration = .seconds(3)
    ) {
        self.mostBytes = mostBytes
        self.expiry = expiry
        self.leaseLife = leaseLife
        self.settling = settling
        self.checkpointBytes = checkpointBytes
        self.checkpointInterval = checkpointInterval
    }

    func expiry(from now: Date) -> Date {
        now + Double(expiry.components.seconds)
    }
}
