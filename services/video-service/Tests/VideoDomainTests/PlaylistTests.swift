import Foundation
import Testing
import VideoDomain
import VideoTestKit

@Suite("Playlists")
struct PlaylistTests {
    static let media = """
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:4
        #EXT-X-MEDIA-SEQUENCE:0
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-MAP:URI="720p.mp4",BYTERANGE="1000@0"
        #EXTINF:4.000000,
        #EXT-X-BYTERANGE:4000@1000
        720p.mp4
        #EXTINF:4.000000,
        #EXT-X-BYTERANGE:8000@5000
        720p.mp4
        #EXTINF:1.000000,
        #EXT-X-BYTERANGE:3000@13000
        720p.mp4
        #EXT-X-ENDLIST

        """

    @Test func `tell how much they ask for, where most is asked for`() throws {
        let playlist = try #require(MediaPlaylist(Self.media))
        #expect(playlist.segments.count == 3 && playlist.seconds == 9 && playlist.targetSeconds == 4)
        #expect(playlist.mapSize == 1_000 && playlist.fileSize == 16_000)
        // The second and the third together; the third alone is too short to count by itself.
        #expect(playlist.peakBits(targetSeconds: 4) == 11_000 * 8 / 5 && playlist.averageBits == (15_000 * 8 + 8) / 9)
    }

    @Test(arguments: [
        "", "#EXTM3U", "hello", "#EXTM3U\n#EXTINF:x,\na.mp4", "#EXTM3U\n#EXTINF:-1,\na.mp4", "#EXTM3U\na.mp4",
    ])
    func `that are none are none`(text: String) {
        #expect(MediaPlaylist(text) == nil)
    }

    @Test func `of one short segment ask for what that is`() throws {
        let text = "#EXTM3U\n#EXTINF:0.04,\n#EXT-X-BYTERANGE:1000@0\na.mp4\n"
        #expect(try #require(MediaPlaylist(text)).peakBits(targetSeconds: 1) == 200_000)
    }

    @Test func `of one film have the same longest segment`() throws {
        let playlist = try #require(MediaPlaylist(Self.media))
        let text = playlist.text(targetSeconds: 9)
        #expect(text == Self.media.replacing("TARGETDURATION:4", with: "TARGETDURATION:9"))
        #expect(MediaPlaylist(text)?.segments == playlist.segments)
        // Longer windows count then.
        #expect(playlist.peakBits(targetSeconds: 9) == 11_000 * 8 / 5)
    }

    @Test func `of words are one segment as long as the film, on the clock of the rest`() throws {
        let track = try #require(SubtitleTrack(webVTT: "WEBVTT\n\n00:01.000 --> 00:02.000\n字幕\n"))
        #expect(
            track.text
                == "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\n字幕\n")
        for none in ["", "WEBVTT", "WEBVTT\n\n", "1\n00:01.000 --> 00:02.000\nx\n"] {
            #expect(SubtitleTrack(webVTT: none) == nil, "\(none)")
        }
        let long = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + String(repeating: "x", count: SubtitleTrack.longest)
        #expect(SubtitleTrack(webVTT: long) == nil)
        for seconds in [0, 0.4, 61.5, 43_200] {
            let text = SubtitleTrack.playlist(of: "subtitles-1.vtt", seconds: seconds)
            #expect(PlaylistRules.findings(media: text, size: { _ in 10 }) == [], "\(seconds)")
        }
        let all = MultivariantPlaylist(
            variants: [variant("720p")], sounds: [],
            subtitles: [
                .init(playlist: "subtitles-1.m3u8", language: "jpn", isForced: false),
                .init(playlist: "subtitles-2.m3u8", language: nil, isForced: true),
            ])
        #expect(
            all.text.contains(
                "TYPE=SUBTITLES,GROUP-ID=\"words\",NAME=\"1 jpn\",LANGUAGE=\"jpn\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"subtitles-1.m3u8\""
            ))
        #expect(all.text.contains("NAME=\"2\",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES"))
        #expect(all.text.contains(",SUBTITLES=\"words\"\n720p.m3u8"))
    }

    private func variant(_ name: String, peak: Int = 100_000) -> MultivariantPlaylist.Variant {
        MultivariantPlaylist.Variant(
            playlist: "\(name).m3u8", peakBits: peak, averageBits: 10_000, codec: "avc1.64001f", width: 1_280,
            height: 720,
            frameRate: 25)
    }

    private func sound(_ name: String, _ language: String?) -> MultivariantPlaylist.Sound {
        MultivariantPlaylist.Sound(
            playlist: "\(name).m3u8", peakBits: 20_000, averageBits: 1_000, codec: "mp4a.40.2", channels: 2,
            language: language)
    }

    @Test func `of sizes and tracks are what RFC 8216 says`() {
        let all = MultivariantPlaylist(
            variants: [variant("720p"), variant("480p")],
            sounds: [sound("a", "jpn"), sound("b", "jpn"), sound("c", nil)])
        #expect(PlaylistRules.findings(multivariant: all.text, media: { _ in Self.media }, size: { _ in 16_000 }) == [])
        #expect(
            all.text.contains(
                "BANDWIDTH=120000,AVERAGE-BANDWIDTH=11000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720"))
        for some in [
            MultivariantPlaylist(variants: [variant("720p")], sounds: []),
            MultivariantPlaylist(variants: [], sounds: [sound("a", nil), sound("b", "eng")]),
        ] {
            #expect(
                PlaylistRules.findings(multivariant: some.text, media: { _ in Self.media }, size: { _ in 16_000 }) == []
            )
        }
    }

    @Test(arguments: [
        ("#EXTM3U", "#EXTM3"), ("TARGETDURATION:4", "TARGETDURATION:3"), ("#EXT-X-TARGETDURATION:4\n", ""),
        ("VERSION:7", "VERSION:5"), ("VERSION:7", "VERSION:3"), ("#EXT-X-ENDLIST", ""), ("3000@13000", "3001@13000"),
        ("#EXTINF:1.000000,\n", ""), ("#EXT-X-MAP:URI=\"720p.mp4\",BYTERANGE=\"1000@0\"\n", ""),
        ("URI=\"720p.mp4\"", "URI=720p.mp4"), ("#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7"),
        ("\"1000@0\"", "\"1000\""), ("#EXTINF:1.000000,", "#EXTINF:1.000000"),
        ("#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-STREAM-INF:BANDWIDTH=1"),
    ])
    func `that break a rule are found out`(right: String, wrong: String) throws {
        #expect(PlaylistRules.findings(media: Self.media, size: { _ in 16_000 }) == [])
        let range = try #require(Self.media.range(of: right))
        let text = Self.media.replacingCharacters(in: range, with: wrong)
        #expect(PlaylistRules.findings(media: text, size: { _ in 16_000 }) != [], "\(right) -> \(wrong)")
    }

    @Test(arguments: [
        ("BANDWIDTH=120000", "BANDWIDTH=20000"), ("BANDWIDTH=120000,", ""), ("AUDIO=\"sound\"", "AUDIO=\"other\""),
        ("NAME=\"2 eng\"", "NAME=\"1 jpn\""), ("DEFAULT=NO", "DEFAULT=YES"), ("TYPE=AUDIO", "TYPE=NOISE"),
        ("CODECS=\"avc1.64001f,mp4a.40.2\"", "CODECS=avc1"), ("720p.m3u8", ""),
        ("RESOLUTION=1280x720", "RESOLUTION=1280"),
        ("AUTOSELECT=YES", "AUTOSELECT=NO"),
    ])
    func `of several that break a rule are found out`(right: String, wrong: String) throws {
        let text = MultivariantPlaylist(variants: [variant("720p")], sounds: [sound("a", "jpn"), sound("b", "eng")])
            .text
        let range = try #require(text.range(of: right))
        let changed = text.replacingCharacters(in: range, with: wrong)
        let findings = PlaylistRules.findings(multivariant: changed, media: { _ in Self.media }, size: { _ in 16_000 })
        #expect(findings != [], "\(right) -> \(wrong)")
    }
}
