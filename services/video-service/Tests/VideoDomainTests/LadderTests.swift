import Testing
import VideoDomain

@Suite("The ladder of a film")
struct LadderTests {
    private func film(
        _ width: Int, _ height: Int, rotation: Int = 0, rate: Double? = 25, sounds: Int = 1, pointWidth: Double = 1
    ) -> Film {
        Film(
            milliseconds: 60_000,
            pictures: Film.Pictures(
                index: 0, codec: "h264", codedWidth: width, codedHeight: height, rotation: rotation,
                pointWidth: pointWidth, frameRate: rate),
            sounds: (0..<sounds).map { Film.Sound(index: $0 + 1, codec: "aac", channels: 2) })
    }

    private func sizes(_ film: Film) -> [String] {
        Ladder(of: film, canCopy: false).rungs.map { "\($0.name) \($0.width)x\($0.height)" }
    }

    @Test(
        arguments: [
            (1_920, 1_080, ["1080p 1920x1080", "720p 1280x720", "480p 852x480", "360p 640x360"]),
            (3_840, 2_160, ["1080p 1920x1080", "720p 1280x720", "480p 852x480", "360p 640x360"]),
            (1_080, 1_920, ["1080p 1080x1920", "720p 720x1280", "480p 480x852", "360p 360x640"]),
            (1_280, 720, ["720p 1280x720", "480p 852x480", "360p 640x360", "240p 426x240"]),
            (640, 360, ["360p 640x360", "240p 426x240"]), (320, 240, ["240p 320x240"]),
            (160, 120, ["120p 160x120"]), (161, 121, ["121p 160x120"]), (2, 2, ["2p 2x2"]),
            (8_192, 16, ["16p 8192x16"]),
            // Between two steps its own size comes first, unless that is hardly another.
            (1_600, 900, ["900p 1600x900", "720p 1280x720", "480p 852x480", "360p 640x360"]),
            (1_312, 738, ["738p 1312x738", "480p 852x480", "360p 640x360", "240p 426x240"]),
            (852, 480, ["480p 852x480", "360p 638x360", "240p 426x240"]),
        ] as [(Int, Int, [String])])
    func `has the steps the source reaches, in its shape, and even`(width: Int, height: Int, rungs: [String]) {
        #expect(sizes(film(width, height)) == rungs)
    }

    @Test func `is of what is shown, turned and in square points`() {
        #expect(sizes(film(1_920, 1_080, rotation: 90)).first == "1080p 1080x1920")
        #expect(sizes(film(720, 576, pointWidth: 64 / 45)).first == "576p 1024x576")
    }

    @Test func `is never larger than its source, whatever that is`() {
        for width in stride(from: 2, through: 4_000, by: 97) {
            for height in stride(from: 2, through: 2_500, by: 83) {
                let ladder = Ladder(of: film(width, height), canCopy: false)
                #expect(!ladder.rungs.isEmpty && ladder.rungs.count <= 4)
                #expect(Set(ladder.rungs.map(\.name)).count == ladder.rungs.count)
                for rung in ladder.rungs {
                    #expect(rung.width <= width && rung.height <= height, "\(width)x\(height): \(rung)")
                    #expect(rung.width % 2 == 0 && rung.height % 2 == 0 && rung.width >= 2 && rung.height >= 2)
                }
                for (above, below) in zip(ladder.rungs, ladder.rungs.dropFirst()) {
                    #expect(above.width >= below.width && above.height >= below.height)
                }
            }
        }
    }

    @Test func `has no more pictures a second than the source, and than screens show`() {
        #expect(Ladder(of: film(640, 360, rate: 24), canCopy: false).frameRate == 24)
        #expect(Ladder(of: film(640, 360, rate: 240), canCopy: false).frameRate == 60)
        #expect(Ladder(of: film(640, 360, rate: nil), canCopy: false).frameRate == nil)
        func most(_ rate: Double?) -> Ladder.Rung.Making? {
            Ladder(of: film(640, 360, rate: rate), canCopy: false).rungs.first?.making
        }
        #expect(most(25) == .coded(mostBits: 800_000) && most(60) == .coded(mostBits: 1_600_000))
        #expect(most(1_000) == most(60))
    }

    @Test func `takes the source's own pictures where they can be taken, and only as the first`() {
        let ladder = Ladder(of: film(1_280, 720), canCopy: true)
        #expect(ladder.rungs.map { $0.making == .copied } == [true, false, false, false])
        #expect(!Ladder(of: film(3_840, 2_160), canCopy: true).rungs.contains { $0.making == .copied })
        let odd = Ladder(of: film(1_281, 721), canCopy: true).rungs.first
        #expect(odd?.making == .copied && odd?.width == 1_281 && odd?.height == 721, "as they are")
    }

    @Test func `of sound alone has no rungs, and of many tracks the first eight`() {
        let sounds = (0..<64).map { Film.Sound(index: $0, codec: "aac", channels: 1) }
        let ladder = Ladder(of: Film(milliseconds: 5, pictures: nil, sounds: sounds), canCopy: true)
        #expect(ladder.rungs.isEmpty && ladder.sounds == Array(sounds.prefix(8)))
        let mute = Film.Sound(index: 0, codec: "aac", channels: 0)
        #expect(Ladder(of: Film(milliseconds: 5, pictures: nil, sounds: [mute]), canCopy: false).sounds.isEmpty)
    }
}
