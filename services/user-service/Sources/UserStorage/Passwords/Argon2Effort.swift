/// How much work a password hash takes (RFC 9106 §3.1).
public struct Argon2Effort: Sendable, Hashable {
    public var memoryKiB: UInt32
    public var passes: UInt32
    public var lanes: UInt32

    /// OWASP's minimum for interactive use: 19 MiB, two passes, one lane.
    public init(memoryKiB: UInt32 = 19_456, passes: UInt32 = 2, lanes: UInt32 = 1) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// Whether a hash made with this is to be made again with `wanted`.
    func isWeaker(than wanted: Argon2Effort) -> Bool {
        memoryKiB < wanted.memoryKiB || passes < wanted.passes || lanes != wanted.lanes
    }
}
