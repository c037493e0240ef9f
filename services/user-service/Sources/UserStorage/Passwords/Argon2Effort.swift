/// How much work a password hash takes (RFC 9106 §3.1). It has one lane: hashes run beside each other, not in themselves.
public struct Argon2Effort: Sendable, Hashable {
    public var memoryKiB: UInt32
    public var passes: UInt32

    /// OWASP's minimum for interactive use: 19 MiB, two passes.
    public init(memoryKiB: UInt32 = 19_456, passes: UInt32 = 2) {
        self.memoryKiB = memoryKiB
        self.passes = passes
    }

    /// Whether a hash made with this is to be made again with `wanted`.
    func isWeaker(than wanted: Argon2Effort) -> Bool {
        memoryKiB < wanted.memoryKiB || passes < wanted.passes
    }
}
