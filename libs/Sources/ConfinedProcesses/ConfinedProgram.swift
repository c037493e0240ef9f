/// A program to be run as a child, and all that it gets to see.
public struct ConfinedProgram: Sendable {
    /// Absolute, below `/usr`.
    public var path: String
    public var arguments: [String]
    /// Absolute paths of files it reads. They have the same paths for the child.
    public var readable: [String]
    /// An empty directory of its own, which it starts in and may write to; absolute.
    public var directory: String?
    public var limits: ChildLimits
    /// Bytes of its output that are taken; one that says more is ended.
    public var longestOutput: Int
    /// Whether the outcome has what it said: what is long is heard piece by piece, and not kept.
    public var keepsOutput: Bool

    public init(
        path: String, arguments: [String], readable: [String] = [], directory: String? = nil, limits: ChildLimits,
        longestOutput: Int = 1 << 20, keepsOutput: Bool = true
    ) {
        self.path = path
        self.arguments = arguments
        self.readable = readable
        self.directory = directory
        self.limits = limits
        self.longestOutput = longestOutput
        self.keepsOutput = keepsOutput
    }
}

/// How a child ended, and what it said.
public struct ChildOutcome: Sendable, Equatable {
    public enum End: Sendable, Equatable {
        case exited(Int)
        /// By the kernel, as for a limit, or by whoever else may.
        case killed(signal: Int32)
        /// It took longer than its wall time, and was killed with all that it had started.
        case timedOut
        /// It said more than it may, and was killed likewise.
        case saidTooMuch
    }

    public var end: End
    /// How long it ran, by the wall's clock.
    public var took: Duration
    public var output: [UInt8]
    /// The last it said on standard error; not what was uploaded, but chosen by it in part.
    public var complaints: String

    public init(end: End, took: Duration = .zero, output: [UInt8], complaints: String) {
        self.end = end
        self.took = took
        self.output = output
        self.complaints = complaints
    }
}
