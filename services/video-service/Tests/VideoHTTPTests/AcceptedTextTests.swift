import DomainKit
import Foundation
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// What was taken once can be read, listed, changed and deleted for good, and is counted as the description counts.
@Suite("Texts that are taken", .serialized)
struct AcceptedTextTests {
    /// Texts that grow, shrink, reorder or hide under one or another form.
    static let pieces = [
        "a", "夏", "\u{FDFA}", "ﬃ", "ＳＵＭＭＥＲ", "ﾅﾂ", "İ", "ß", "ẞ", "Å", "e\u{301}", "e\u{301}\u{327}", "👩‍👩‍👧", "🇯🇵",
        "\u{1F80}", "ǅ", "\u{0344}", "한", "\u{1100}\u{1161}", " ", "\u{3000}", "\u{A0}", "/\u{301}", "%\u{301}",
        "\\\u{301}", "_\u{301}", "\u{200D}", "\u{202E}", "\u{2028}", "\u{0}", "\r\n", "\t", "\"", "'", "\u{301}",
        "\u{FFFD}", "\u{10FFFF}", "\u{E0061}", "\u{AD}", "Σ", "ς",
    ]

    @Test func `whatever a change took can be read, listed by others, changed and deleted`() async throws {
        let (user, other) = (UUID(), UUID())
        try await TestVideoService.onDatabase().serve { api in
            let path = "/v1/videos/\(try await api.video(Data("hello".utf8), as: user))"
            for piece in Self.pieces {
                for count in [1, 3, 40, 41, 199, 200, 201, 4_999, 5_000, 5_001] {
                    let text = String(repeating: piece, count: count)
                    for member in ["title", "description", "tags"] {
                        let value: Any = member == "tags" ? [text] : text
                        let body = String(
                            decoding: try JSONSerialization.data(withJSONObject: [member: value]), as: UTF8.self)
                        let changed = try await api.send(.patch, path, as: user, body, headers: [.ifMatch: "*"])
                        #expect(changed.status == .ok || changed.status == .badRequest, "\(member) \(piece) \(count)")
                        guard changed.status == .ok else { continue }
                        #expect(try await api.send(.get, path, as: other).status == .ok, "\(member) \(piece) \(count)")
                        #expect(try await api.send(.get, "/v1/videos", as: other).ids.count == 1)
                    }
                }
            }
            #expect(try await api.send(.delete, path, as: user, headers: [.ifMatch: "*"]).status == .noContent)
        }
    }

    /// All that a creation says of a video, with counts around the limits.
    static let creations: [(key: String, counts: [Int])] = [
        ("title", [1, 66, 200, 201]), ("description", [1, 5_000, 5_001]), ("filename", [1, 63, 84, 255, 256]),
        ("filetype", [1, 100]), ("visibility", [1]), ("own", [1, 100]),
    ]

    @Test(arguments: creations.map(\.key))
    func `whatever a creation took can be read, listed by others, changed and deleted`(_ key: String) async throws {
        let (user, other) = (UUID(), UUID())
        let counts = try #require(Self.creations.first { $0.key == key }).counts
        try await TestVideoService.onDatabase().serve { api in
            for piece in Self.pieces {
                for count in counts {
                    var metadata = ["visibility": "public"]
                    let text = String(repeating: piece, count: count)
                    // The field has at most 32,768 bytes, in base64.
                    guard text.utf8.count <= 24_000 else { continue }
                    metadata[key] = text
                    let made = try await api.create(0, as: user, metadata)
                    #expect(made.status == .created || made.status == .badRequest, "\(key) \(piece) \(count)")
                    guard let upload = made.headers[.location], let video = made.headers[.videoID] else { continue }
                    let path = "/v1/videos/\(video)"
                    #expect(try await api.offset(upload, as: user).status == .ok, "\(key) \(piece) \(count)")
                    for reader in [user, other] {
                        let read = try await api.send(.get, path, as: reader)
                        #expect(read.status == .ok, "\(key) \(piece) \(count)")
                        #expect(try await api.send(.get, "/v1/videos", as: reader).ids == [video])
                    }
                    let played = try await api.send(.get, api.link(video, as: other), as: nil)
                    #expect(played.status == .ok, "\(key) \(piece) \(count)")
                    let changed = try await api.send(
                        .patch, path, as: user, #"{"title":"New"}"#, headers: [.ifMatch: "*"])
                    #expect(changed.status == .ok, "\(key) \(piece) \(count)")
                    let gone = try await api.send(.delete, path, as: user, headers: [.ifMatch: "*"])
                    #expect(gone.status == .noContent, "\(key) \(piece) \(count)")
                }
            }
        }
    }

    @Test func `a tag is folded before it is measured`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = "/v1/videos/\(try await api.video(Data("hello".utf8), as: user))"
            let grown = try await api.send(
                .patch, path, as: user, #"{"tags":["ﷺﷺﷺ"]}"#, headers: [.ifMatch: "*"])
            #expect(grown.status == .badRequest && grown.pointers == ["/tags/0"])
            let hidden = try await api.send(
                .patch, path, as: user, #"{"tags":["a\u202eb"]}"#, headers: [.ifMatch: "*"])
            #expect(hidden.status == .badRequest)
        }
    }

    @Test func `the name of a file bends into a title`() async throws {
        let user = UUID()
        let long = String(repeating: "a", count: 251) + ".mp4"
        try await TestVideoService.onDatabase().serve { api in
            let titles = [
                ("my.holiday.2026.mp4", "my.holiday.2026"), (".hidden.mp4", ".hidden"), (".mp4", ".mp4"),
                ("plain", "plain"), (long, String(repeating: "a", count: 200)), ("\u{2800}.mp4", "Untitled"),
                ("a\u{202E}b.mp4", "ab"),
            ]
            for (name, title) in titles {
                let video = try await api.video(Data("x".utf8), as: user, ["filename": name])
                #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).string("title") == title)
            }
            let long = String(repeating: "あ", count: 85)
            #expect(try await api.create(1, as: user, ["filename": long]).status == .created)
            for name in [long + "a", "a/\u{301}b", "a\\\u{301}b", "/", "a\u{0}", "a\r\nb", "..", ""] {
                let refused = try await api.create(1, as: user, ["filename": name])
                #expect(refused.status == .badRequest && refused.pointers == ["#upload-metadata/filename"], "\(name)")
            }
        }
    }

    @Test func `a search is counted in scalars and compares them`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let made = try await api.video(
                Data("x".utf8), as: user, ["title": "100%\u{301} \\\u{301} caf\u{65}\u{301}", "visibility": "public"])
            func found(_ words: String) async throws -> [String] {
                let text = words.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                return try await api.send(.get, "/v1/videos?q=\(text)", as: user).ids
            }
            #expect(try await found("100%\u{301}") == [made])
            #expect(try await found("1%\u{301}") == [])
            #expect(try await found("\\\u{301}") == [made])
            #expect(try await found("CAFÉ") == [made])
            let long = String(repeating: "e\u{301}", count: 101).addingPercentEncoding(
                withAllowedCharacters: .alphanumerics)
            #expect(try await api.send(.get, "/v1/videos?q=\(long ?? "")", as: user).status == .badRequest)
            #expect(try await api.send(.get, "/v1/videos?tag=\(long ?? "")", as: user).status == .badRequest)
        }
    }
}
