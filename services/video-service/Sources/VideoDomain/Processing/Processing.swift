/// What becomes of a video once its bytes are here, as it is shown.
public struct Processing: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It waits for its turn, also after a try that came to nothing.
        case queued
        case running
        case done
        /// Nothing can be made of it, and `reason` says why; it is watched as it was sent.
        case skipped
        /// Given up after several tries, until somebody has it tried again; it is watched as it was sent.
        case failed
    }

    public var state: State
    /// From 0 to 1.
    public var progress: Double
    /// Nil for one that this version has no name for, too.
    public var reason: ProcessingReason?
    /// How often somebody began with it.
    public var claim: Int64
    public var measures: Measures?
    /// What there is of it beside what was sent; nil while there is nothing.
    public var shown: Shown?

    public init(
        state: State, progress: Double = 0, reason: ProcessingReason? = nil, claim: Int64 = 0,
        measures: Measures? = nil, shown: Shown? = nil
    ) {
        self.state = state
        self.progress = progress
        self.reason = reason
        self.claim = claim
        self.measures = measures
        self.shown = shown
    }
}

/// What is made of a film.
public enum Made: String, Sendable, Hashable, CaseIterable {
    case poster
    case thumbnails
    /// The renditions, and what a player chooses among them from.
    case ladder
}

/// What was made of a video and is shown.
public struct Shown: Sendable, Hashable {
    /// It was made under this claim, and is kept under its name.
    public var claim: Int64
    /// Without what this version has no name for.
    public var made: Set<Made>

    public init(claim: Int64, made: Set<Made>) {
        self.claim = claim
        self.made = made
    }
}

/// Why nothing was made of a video.
public enum ProcessingReason: String, Sendable, Hashable, CaseIterable {
    /// It begins as a film does and is none, or is cut where it matters.
    case unreadable
    /// It has neither pictures nor sound.
    case noTracks = "no-tracks"
    /// It lasts no time.
    case empty
    case tooLong = "too-long"
    /// Its pictures have more points than are taken.
    case tooLarge = "too-large"
    /// Reading it takes more time or memory than a film of its size should.
    case tooCostly = "too-costly"
    /// Several tries came to nothing.
    case gaveUp = "gave-up"
}

/// How long a film lasts and how large its pictures are shown; no size for sound alone.
public struct Measures: Sendable, Hashable {
    public var milliseconds: Int64
    /// In points, turned as they are shown.
    public var width: Int?
    public var height: Int?

    public init(milliseconds: Int64, width: Int?, height: Int?) {
        self.milliseconds = milliseconds
        self.width = width
        self.height = height
    }
}
