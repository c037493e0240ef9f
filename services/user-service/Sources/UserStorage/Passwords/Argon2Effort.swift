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

    /// What is to be done after a hash made with this, so that both take as long as one made with `wanted`; nil where this takes
    /// as long by itself.
    ///
    /// Time goes with memory times passes, and a little with memory alone, which is fetched from the system once: the rest has
    /// the memory that this lacks. That is a reckoning; `EqualRefusals` holds it against what hashes take.
    func rest(to wanted: Argon2Effort) -> Argon2Effort? {
        let (done, whole) = (UInt64(memoryKiB) * UInt64(passes), UInt64(wanted.memoryKiB) * UInt64(wanted.passes))
        guard done < whole else { return nil }
        let memory = max(8, wanted.memoryKiB > memoryKiB ? wanted.memoryKiB - memoryKiB : wanted.memoryKiB / 2)
        let passes = (whole - done + UInt64(memory) / 2) / UInt64(memory)
        return Argon2Effort(memoryKiB: memory, passes: UInt32(clamping: max(1, passes)))
    }
}
