/// What a child may take before the kernel ends it: what `setrlimit(2)` counts, and a time of the wall's.
public struct ChildLimits: Sendable, Equatable {
    /// Bytes of address space (`RLIMIT_AS`), threads' stacks and libraries too.
    public var memory: Int
    /// Seconds of processor time over all threads (`RLIMIT_CPU`).
    public var processorSeconds: Int
    /// Bytes of the largest file that it writes (`RLIMIT_FSIZE`).
    public var fileSize: Int
    /// How long it may run by the wall's clock.
    public var wallTime: Duration

    public init(memory: Int, processorSeconds: Int, fileSize: Int, wallTime: Duration) {
        self.memory = memory
        self.processorSeconds = processorSeconds
        self.fileSize = fileSize
        self.wallTime = wallTime
    }

    /// `prlimit(1)` from util-linux, which sets its own limits and becomes what follows. No core is ever written: it would hold
    /// what somebody uploaded.
    var command: [String] {
        [
            "prlimit", "--as=\(memory)", "--cpu=\(processorSeconds):\(processorSeconds + 5)", "--fsize=\(fileSize)",
            "--core=0",
            "--nofile=256", "--",
        ]
    }
}
