/// What a film is made of, as far as that decides what is made of it.
public struct Film: Sendable, Hashable {
    /// The track of pictures that is shown; a cover that comes with sound is none.
    public struct Pictures: Sendable, Hashable {
        /// As the file counts its tracks.
        public var index: Int
        public var codec: String
        /// As they are stored, in points.
        public var codedWidth: Int
        public var codedHeight: Int
        /// How far they are turned when they are shown, clockwise: 0, 90, 180, 270.
        public var rotation: Int
        /// How wide a point is for its height.
        public var pointWidth: Double
        /// A second, as far as it is known.
        public var frameRate: Double?
        public var pixelFormat: String
        /// How brightness and colours are coded (H.273's transfer characteristics, colour primaries and matrix coefficients), by ffmpeg's
        /// names; nil where the file says nothing.
        public var transfer: String?
        public var primaries: String?
        public var matrix: String?
        /// Whether every other line is of another moment.
        public var isInterlaced: Bool
        /// Seconds from the film's beginning to the first of them.
        public var start: Double

        public init(
            index: Int, codec: String, codedWidth: Int, codedHeight: Int, rotation: Int = 0, pointWidth: Double = 1,
            frameRate: Double? = nil, pixelFormat: String = "yuv420p", transfer: String? = nil,
            primaries: String? = nil, matrix: String? = nil, isInterlaced: Bool = false, start: Double = 0
        ) {
            self.index = index
            self.codec = codec
            self.codedWidth = codedWidth
            self.codedHeight = codedHeight
            self.rotation = rotation
            self.pointWidth = pointWidth
            self.frameRate = frameRate
            self.pixelFormat = pixelFormat
            self.transfer = transfer
            self.primaries = primaries
            self.matrix = matrix
            self.isInterlaced = isInterlaced
            self.start = start
        }

        /// As they are shown: points made square, then turned.
        public var shownSize: (width: Int, height: Int) {
            let wide = max(1, Int((Double(codedWidth) * pointWidth).rounded()))
            return rotation % 180 == 0 ? (wide, codedHeight) : (codedHeight, wide)
        }

        public var isHighDynamicRange: Bool { transfer == "smpte2084" || transfer == "arib-std-b67" }
    }

    /// A track of sound.
    public struct Sound: Sendable, Hashable {
        public var index: Int
        public var codec: String
        public var channels: Int
        /// Two or three letters (ISO 639), as the file has it; nil when it says nothing.
        public var language: String?
        /// Whether every player takes it as it is, from the film's beginning to its end.
        public var canBeCopied: Bool

        public init(index: Int, codec: String, channels: Int, language: String? = nil, canBeCopied: Bool = false) {
            self.index = index
            self.codec = codec
            self.channels = channels
            self.language = language
            self.canBeCopied = canBeCopied
        }
    }

    /// A track of words that are shown with the pictures, as text.
    public struct Subtitles: Sendable, Hashable {
        public var index: Int
        public var language: String?
        /// Whether they are for everybody, as of what is said in another language than the rest.
        public var isForced: Bool

        public init(index: Int, language: String? = nil, isForced: Bool = false) {
            self.index = index
            self.language = language
            self.isForced = isForced
        }
    }

    public var milliseconds: Int64
    public var pictures: Pictures?
    public var sounds: [Sound]
    public var subtitles: [Subtitles]

    public init(milliseconds: Int64, pictures: Pictures?, sounds: [Sound], subtitles: [Subtitles] = []) {
        self.milliseconds = milliseconds
        self.pictures = pictures
        self.sounds = sounds
        self.subtitles = subtitles
    }

    public var seconds: Double { Double(milliseconds) / 1_000 }

    public var measures: Measures {
        let size = pictures.map(\.shownSize).flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
        return Measures(milliseconds: milliseconds, width: size?.width, height: size?.height)
    }
}

/// What is taken on.
public struct FilmLimits: Sendable, Hashable {
    public var longest: Duration
    /// Points of either side.
    public var longestSide: Int

    public init(longest: Duration = .seconds(12 * 3_600), longestSide: Int = 8_192) {
        self.longest = longest
        self.longestSide = longestSide
    }

    /// Why nothing is made of `film`; nil when something is.
    public func refusal(of film: Film) -> ProcessingReason? {
        if film.pictures == nil, film.sounds.isEmpty { return .noTracks }
        if film.milliseconds <= 0 { return .empty }
        if film.milliseconds > Int64(longest / .milliseconds(1)) { return .tooLong }
        if let pictures = film.pictures {
            let size = pictures.shownSize
            let sides = [pictures.codedWidth, pictures.codedHeight, size.width, size.height]
            guard sides.allSatisfy({ $0 > 0 }) else { return .unreadable }
            guard sides.allSatisfy({ $0 <= longestSide }) else { return .tooLarge }
        }
        return nil
    }
}
