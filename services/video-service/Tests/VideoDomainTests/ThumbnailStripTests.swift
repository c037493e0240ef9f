import Testing
import VideoDomain

@Suite("The strip of small pictures")
struct ThumbnailStripTests {
    private func film(_ milliseconds: Int64, _ width: Int = 1_920, _ height: Int = 1_080, rotation: Int = 0) -> Film {
        Film(
            milliseconds: milliseconds,
            pictures: Film.Pictures(
                index: 0, codec: "h264", codedWidth: width, codedHeight: height, rotation: rotation), sounds: [])
    }

    @Test(
        arguments: [
            (1, 1, 1_000), (999, 1, 1_000), (1_000, 1, 1_000), (1_001, 2, 1_000), (99_999, 100, 1_000),
            (100_000, 100, 1_000), (100_001, 100, 1_001), (7_200_000, 100, 72_000), (43_200_000, 100, 432_000),
        ] as [(Int64, Int, Int64)])
    func `has a picture a second, and a hundred at most`(length: Int64, count: Int, interval: Int64) throws {
        let strip = try #require(ThumbnailStrip(of: film(length)))
        #expect(strip.count == count && strip.interval == interval)
        #expect(strip.columns * strip.rows >= count && strip.columns <= 10 && strip.rows <= 10)
    }

    @Test(arguments: [
        (1_920, 1_080, 0, 160, 90), (1_920, 1_080, 90, 90, 160), (8_192, 2, 0, 160, 2), (1, 1, 0, 160, 160),
        (4_000, 3_000, 180, 160, 120),
    ])
    func `keeps the shape of what is shown`(width: Int, height: Int, rotation: Int, shown: Int, high: Int) throws {
        let strip = try #require(ThumbnailStrip(of: film(1_000, width, height, rotation: rotation)))
        #expect(strip.width == shown && strip.height == high)
    }

    @Test func `there is none of sound alone, and of what lasts no time`() {
        #expect(ThumbnailStrip(of: Film(milliseconds: 5, pictures: nil, sounds: [])) == nil)
        #expect(ThumbnailStrip(of: film(0)) == nil)
    }

    @Test func `tells the place of each picture, up to the end of the film`() throws {
        let strip = try #require(ThumbnailStrip(of: film(11_500)))
        let cues = strip.webVTT(sheet: "sheet.jpg").split(separator: "\n\n")
        #expect(cues.first == "WEBVTT" && cues.count == 13)
        #expect(cues[1] == "00:00:00.000 --> 00:00:01.000\nsheet.jpg#xywh=0,0,160,90")
        #expect(cues[11] == "00:00:10.000 --> 00:00:11.000\nsheet.jpg#xywh=0,90,160,90")
        #expect(
            cues[12] == "00:00:11.000 --> 00:00:11.500\nsheet.jpg#xywh=160,90,160,90\n"
        )
        let long = try #require(ThumbnailStrip(of: film(43_200_000)))
        #expect(long.webVTT(sheet: "s").contains("11:52:48.000 --> 12:00:00.000\ns#xywh=1440,810,160,90"))
    }
}
