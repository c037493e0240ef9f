public import DomainKit

/// What is to be made of one video, taken by one worker for as long as it renews that.
public struct ProcessingJob: Sendable, Hashable {
    public var videoID: VideoID
    /// Bytes of the film.
    public var size: Int64
    /// Which time it was taken: whoever took it before has no say in it any more, and what is made under it is named by it.
    public var claim: Int64
    /// This one included; those that were given back in order do not count.
    public var tries: Int

    public init(videoID: VideoID, size: Int64, claim: Int64, tries: Int) {
        self.videoID = videoID
        self.size = size
        self.claim = claim
        self.tries = tries
    }

    /// Where the film is.
    public var source: MediaKey { MediaKey(of: videoID) }
}

/// How often and how soon jobs are tried.
public struct ProcessingTerms: Sendable, Hashable {
    /// How long a worker that is not heard of any more keeps others from its job.
    public var leaseLife: Duration
    /// The pause after a first try that came to nothing, four times as long each time.
    public var firstPause: Duration
    public var longestPause: Duration
    /// After so many tries it is set aside.
    public var mostTries: Int
    /// With the store of jobs, in the middle of one.
    public var patience: Patience

    public init(
        leaseLife: Duration = .seconds(15), firstPause: Duration = .seconds(15),
        longestPause: Duration = .seconds(3_600), mostTries: Int = 5, patience: Patience = Patience()
    ) {
        self.patience = patience
        self.leaseLife = leaseLife
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.mostTries = mostTries
    }

    /// After so many tries.
    func pause(after tries: Int) -> Duration {
        var pause = firstPause
        for _ in 1..<max(1, min(tries, 32)) where pause < longestPause { pause *= 4 }
        return min(pause, longestPause)
    }
}

/// A job that was set aside, for whoever looks after the service.
public struct SetAsideJob: Sendable, Hashable {
    public var videoID: VideoID
    public var tries: Int
    /// What the last try ended with; nil when its worker died.
    public var fault: String?

    public init(videoID: VideoID, tries: Int, fault: String?) {
        self.videoID = videoID
        self.tries = tries
        self.fault = fault
    }
}
