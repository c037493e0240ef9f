import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("What is said about a video")
struct VideoTextTests {
    @Test(
        "titles that are none",
        arguments: [
            "", "  ", "a\u{0}b", "a\nb", String(repeating: "あ", count: 201), String(repeating: "a", count: 1 << 20),
        ])
    func badTitle(_ text: String) {
        #expect(throws: Violation.self) { try Title(text) }
    }

    @Test func `a title is trimmed and keeps its characters`() throws {
        #expect(try Title("  夏祭り 👩‍👩‍👧 ").text == "夏祭り 👩‍👩‍👧")
        #expect(try Title(String(repeating: "あ", count: 200)).text.count == 200)
    }

    @Test func `tags are folded, each once, and a bad one is named by its place`() throws {
        #expect(try Tags(["Summer", "ＳＵＭＭＥＲ", " 夏 "]).texts == ["summer", "夏"])
        let violation = #expect(throws: Violation.self) { try Tags(["a", ""]) }
        #expect(violation?.pointer == "/1")
        #expect(throws: Violation.self) { try Tags((0...20).map(String.init)) }
    }

    @Test(
        "media types that are none",
        arguments: ["", "video", "video/", "/mp4", "a/b/c", "video/mp4\r\nX: y", "vidéo/mp4"])
    func badType(_ text: String) {
        #expect(throws: Violation.self) { try ContentType(text) }
    }

    @Test func `a media type is kept in lower case without parameters`() throws {
        #expect(try ContentType("Video/MP4; codecs=avc1").text == "video/mp4")
    }

    @Test("file names that are paths", arguments: ["a/b", "..\\b", "/etc/passwd", ""])
    func badFilename(_ text: String) {
        #expect(throws: Violation.self) { try Filename(text) }
    }

    @Test("visibilities of later are unknown now", arguments: ["friends", "", "PUBLIC"])
    func visibility(_ text: String) {
        #expect(throws: Violation.self) { try Visibility(text) }
    }
}

@Suite("Texts under a rule")
struct TextRuleTests {
    @Test func `folding what is folded changes nothing, and a tag that was taken is taken again`() throws {
        for value in (0x20...0x2FFFF).compactMap(Unicode.Scalar.init) {
            let folded = foldedForSearch("a\(value)")
            #expect(Array(foldedForSearch(folded).utf8) == Array(folded.utf8), "U+\(String(value.value, radix: 16))")
            guard let tags = try? Tags([String(value)]) else { continue }
            #expect(try Tags(tags.texts) == tags && tags.texts.allSatisfy { $0.unicodeScalars.count <= 40 })
        }
    }

    @Test func `what is read back is never refused`() {
        let long = String(repeating: "\u{FDFA}\n", count: 500)
        #expect(Title(stored: long).text == long && Tags(stored: [long, ""]).texts == [long, ""])
        #expect(Description(stored: long).text == long && Filename(stored: "a/b").text == "a/b")
        #expect(ContentType(stored: "?").text == "?")
    }

    @Test func `lengths count scalars, and of file names bytes`() throws {
        let family = "👩‍👩‍👧"
        #expect(throws: Violation.self) { try Title(String(repeating: family, count: 41)) }
        #expect(try Title(String(repeating: family, count: 40)).text.unicodeScalars.count == 200)
        #expect(throws: Violation.self) { try Description(String(repeating: "e\u{301}", count: 2_501)) }
        #expect(throws: Violation.self) { try Filename(String(repeating: "あ", count: 86)) }
        #expect(try Filename(String(repeating: "あ", count: 85)).text.utf8.count == 255)
    }
}

@Suite("Links to videos")
struct PlayVideoTests {
    @Test func `a link ends with the credential it was given for`() async throws {
        let house = UploadHouse()
        let upload = try await house.begin(0)
        let play = house.play(life: .seconds(300))
        let long = Viewer(id: house.user, expiresAt: house.clock.now + 600)
        let short = Viewer(id: house.user, expiresAt: house.clock.now + 60)
        #expect(try await play(try #require(upload.videoID), for: long).link.expiresAt == house.clock.now + 300)
        #expect(try await play(try #require(upload.videoID), for: short).link.expiresAt == house.clock.now + 60)
    }
}
