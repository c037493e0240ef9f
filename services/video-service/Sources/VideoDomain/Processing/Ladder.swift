/// The renditions of a film: the same pictures in several sizes, for lines of several widths. Never larger than the source, never with
/// more of anything than it has.
public struct Ladder: Sendable, Hashable {
    /// One size of the pictures.
    public struct Rung: Sendable, Hashable {
        public enum Making: Sendable, Hashable {
            /// Coded anew, with at most so many bits a second.
            case coded(mostBits: Int)
            /// As the source has them, bit by bit.
            case copied
        }

        /// What it is called: its shorter side.
        public var name: String
        /// Points, even both.
        public var width: Int
        public var height: Int
        public var making: Making

        public init(name: String, width: Int, height: Int, making: Making) {
            self.name = name
            self.width = width
            self.height = height
            self.making = making
        }
    }

    /// From the largest on; none for sound alone.
    public var rungs: [Rung]
    /// The tracks of sound that are kept, in their order.
    public var sounds: [Film.Sound]
    /// Those that are kept; none without pictures.
    public var subtitles: [Film.Subtitles]
    /// Pictures a second, at most; those of the source where it has fewer, and no fewer than one.
    public var frameRate: Double?

    /// How many tracks of sound are kept.
    public static let mostSounds = 8
    public static let mostSubtitles = 32
    /// Seconds from one place where a player may begin to the next.
    public static let segmentSeconds = 4
    private static let mostFrames = 60.0
    /// A picture that stands longer than a segment would make one as long as it stands.
    private static let fewestFrames = 1.0

    /// By shorter side: bits a second that pictures of that size take at most, at 30 pictures a second.
    private static let steps: [(side: Int, mostBits: Int)] = [
        (1_080, 5_000_000), (720, 2_800_000), (480, 1_400_000), (360, 800_000), (240, 400_000),
    ]

    /// `canCopy` says whether the source's pictures can be cut into segments as they are.
    public init(of film: Film, canCopy: Bool) {
        sounds = Array(film.sounds.filter { $0.channels > 0 }.prefix(Self.mostSounds))
        guard let pictures = film.pictures else {
            (rungs, subtitles, frameRate) = ([], [], nil)
            return
        }
        subtitles = Array(film.subtitles.prefix(Self.mostSubtitles))
        let size = pictures.shownSize
        let shorter = min(size.width, size.height)
        frameRate = pictures.frameRate.map { max(Self.fewestFrames, min($0, Self.mostFrames)) }
        let pace = max(1, (frameRate ?? 30) / 30)
        var rungs: [Rung] = []
        // The source's own size comes first, unless it is beyond the first step or hardly larger than a step.
        var sides = Self.steps.filter { $0.side <= shorter }
        if let largest = Self.steps.first, shorter < largest.side {
            let next = Self.steps.last { $0.side >= shorter } ?? largest
            if sides.first?.side != shorter {
                if let below = sides.first, Double(shorter) < Double(below.side) * 1.15 {
                    sides[0] = (shorter, below.mostBits)
                } else {
                    sides.insert((shorter, next.mostBits), at: 0)
                }
            }
        }
        for step in sides.prefix(4) {
            let scale = Double(step.side) / Double(shorter)
            rungs.append(
                Rung(
                    name: "\(step.side)p", width: Self.even(Double(size.width) * scale),
                    height: Self.even(Double(size.height) * scale),
                    making: .coded(mostBits: Int(Double(step.mostBits) * pace))))
        }
        if canCopy, shorter <= Self.steps[0].side, !rungs.isEmpty {
            rungs[0].making = .copied
            (rungs[0].width, rungs[0].height) = (size.width, size.height)
        }
        self.rungs = rungs
    }

    /// Down, so that nothing is larger than the source; two at least.
    private static func even(_ points: Double) -> Int { max(2, Int(points.rounded(.down)) / 2 * 2) }
}
