import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// Whatever a POST, PUT or PATCH took can be fetched, listed by others, changed and deleted.
@Suite struct AcceptedValueTests {
    /// Texts that grow, shrink, turn, combine or hide.
    static let texts: [String] =
        [
            "\u{FDFA}", String(repeating: "\u{FDFA}", count: 100), String(repeating: "\u{FDFA}", count: 101),
            String(repeating: "e\u{301}", count: 100), String(repeating: "👨‍👩‍👧‍👦", count: 20),
            "a" + String(repeating: "\u{301}", count: 99),
            "\u{1D15E}", String(repeating: "\u{1D15E}", count: 60), "\u{202E}abc", "\u{2066}x", "\u{200B}", "\u{FEFF}x",
            "x\u{2028}y",
            "\u{85}", "x\u{9f}y", "\u{E000}", "\u{10FFFF}", "\u{FFFE}", "ＬＯＢＢＹ", "ﬁ", "İ", "ǅ", "\u{0344}",
            "/..\u{301}/", "%00", "' OR 1=1 --", "\\",
            "\u{7f}", " x ", "\u{3000}x\u{3000}", "_%", "null", "𝒳", "\u{1F1E6}", "\u{2800}", "\u{3164}", "\u{0}",
            String(repeating: "あ", count: 100), String(repeating: "𠮷", count: 100), "x", "",
        ]
        + (0..<60).map { seed in
            var generator = SplitMix64(seed: UInt64(seed))
            let count = Int.random(in: 1...120, using: &generator)
            let scalars = (0..<count).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...(seed.isMultiple(of: 2) ? 0x2fff : 0x10ffff), using: &generator))
            }
            return String(String.UnicodeScalarView(scalars))
        }

    @Test func `a room whose name was taken lives to its end`() async throws {
        try await TestReplica.withReplica { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            var taken = 0
            for (place, text) in Self.texts.enumerated() {
                let made = try await owner.call("POST", "/v1/rooms", #"{"name":\#(Self.quoted(text)),"kind":"public"}"#)
                #expect(made.status == 201 || made.status == 400, "\(place)")
                guard made.status == 201, let id = made.json["id"]?.string else { continue }
                taken += 1
                let path = "/v1/rooms/\(id)"
                let seen = try await other.call("GET", path)
                #expect(seen.status == 200 && seen.json["name"] == made.json["name"], "\(place)")
                let name = try #require(made.json["name"]?.string)
                #expect(name.unicodeScalars.count <= 100)
                let query = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let found = try await other.call("GET", "/v1/rooms?q=\(query)")
                #expect(
                    found.json["items"]?.array.contains { $0["id"]?.string == id } == true,
                    "found by its name: \(place)")
                let next = Self.texts[(place * 7 + 3) % Self.texts.count]
                let tag = ["If-Match": try #require(seen.headers["etag"])]
                let changed = try await owner.call("PATCH", path, #"{"name":\#(Self.quoted(next))}"#, headers: tag)
                #expect(changed.status == 200 || changed.status == 400, "\(place)")
                #expect(try await other.call("GET", "/v1/rooms").status == 200)
                #expect(try await owner.call("DELETE", path, headers: ["If-Match": "*"]).status == 204, "\(place)")
            }
            #expect(taken > 20)
        }
    }

    @Test func `a message that was taken is read by all, over REST and the socket`() async throws {
        try await TestReplica.withReplica { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            try await other.join(room)
            let path = "/v1/rooms/\(room)/messages"
            var taken: [JSONValue] = []
            for text in Self.texts {
                for (clientID, body) in [(UUID().uuidString, text), (text, "x")] {
                    let sent = try await owner.call(
                        "POST", path, #"{"client_id":\#(Self.quoted(clientID)),"body":\#(Self.quoted(body))}"#)
                    #expect(sent.status <= 201 || sent.status == 400)
                    if sent.status == 201 { taken.append(sent.json) }
                }
            }
            #expect(taken.count > 60)
            var (read, query) = ([JSONValue](), "?after_seq=0&limit=100")
            while true {
                let page = try await other.call("GET", path + query)
                #expect(page.status == 200)
                read += page.json["items"]?.array ?? []
                guard let next = page.json["next_cursor"]?.string else { break }
                query = "?limit=100&cursor=\(next)"
            }
            #expect(read == taken)
            let socket = try await other.socket()
            _ = try await socket.subscribe(room, after: 0)
            let heard = try await socket.messages(taken.count)
            #expect(heard.map { $0["body"] } == taken.map { $0["body"] })
        }
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONWriter.bytes(of: JSONValue.string(text)), as: UTF8.self)
    }
}
