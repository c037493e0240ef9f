import DomainKit
import Testing
import VideoDomain

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

    @Test("visibilities of later are unknown now", arguments: ["unlisted", "members", "", "PUBLIC"])
    func visibility(_ text: String) {
        #expect(throws: Violation.self) { try Visibility(text) }
    }
}
