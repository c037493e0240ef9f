import Crypto
import Foundation
import ObjectStorage
import Testing

@Suite("Signed URLs")
struct URLSignerTests {
    let signer = URLSigner(base: "https://example.com/media", secret: SymmetricKey(data: Data(repeating: 7, count: 32)))
    let key = ObjectKey("videos/abc")!
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let presentation = Presentation(contentType: "video/mp4", filename: "夏祭り & more?.mp4")

    @Test func `a URL made here is accepted until it expires`() throws {
        let (path, query) = try parts(signer.url(for: key, as: presentation, until: now + 300))
        let grant = try signer.verify(path: path, query: query, now: now + 299)
        #expect(grant.key == key)
        #expect(grant.presentation == presentation)
        #expect(grant.expiry == now + 300)
        #expect(throws: URLSigner.Refusal.expired) { try signer.verify(path: path, query: query, now: now + 300) }
    }

    @Test func `every part is signed`() throws {
        let (path, query) = try parts(signer.url(for: key, as: presentation, until: now + 300))
        let forged = [
            (path, query.replacing("expires=18", with: "expires=19")), (path, query.replacing("mp4&", with: "webm&")),
            (path, query.replacing("more", with: "less")), ("videos/abd", query), (path, query + "0"),
            (path, query + "&name=x"), (path, query + "&expires=1900000000"), (path, ""),
            (path, query.replacing("&signature", with: "&sig")), ("../videos/abc", query),
            (path, query.replacing(/&name=[^&]*/, with: "")), (path, query.replacing("%", with: "%zz")),
        ]
        for (path, query) in forged {
            #expect(throws: URLSigner.Refusal.invalid) { try signer.verify(path: path, query: query, now: now) }
        }
    }

    @Test func `whom a URL is for is signed, and that it is for nobody too`() throws {
        let (path, query) = try parts(signer.url(for: key, as: presentation, to: "one & all", until: now + 300))
        #expect(try signer.verify(path: path, query: query, now: now).holder == "one & all")
        let (_, bare) = try parts(signer.url(for: key, as: presentation, until: now + 300))
        #expect(try signer.verify(path: path, query: bare, now: now).holder == nil)
        let forged = [
            query.replacing("one", with: "two"), query.replacing(/&holder=[^&]*/, with: ""), bare + "&holder=one",
            bare + "&holder=", query.replacing("holder=", with: "holders="),
        ]
        for query in forged {
            #expect(throws: URLSigner.Refusal.invalid) { try signer.verify(path: path, query: query, now: now) }
        }
    }

    @Test func `an expiry at the ends of what there is ends nothing but the URL`() throws {
        for seconds in [-Double.infinity, .infinity, .nan, -0x1p63, 0x1p63, Double(Int64.min), -1] {
            let url = signer.url(for: key, as: presentation, until: Date(timeIntervalSince1970: seconds))
            let (path, query) = try parts(url)
            #expect(throws: URLSigner.Refusal.expired) { try signer.verify(path: path, query: query, now: now) }
        }
        let (path, query) = try parts(signer.url(for: key, as: presentation, until: now))
        for number in ["-9223372036854775808", "9223372036854775807", "9223372036854775808", "1e400", "NaN", ""] {
            let forged = query.replacing(/expires=[0-9]+/, with: "expires=\(number)")
            #expect(throws: URLSigner.Refusal.invalid) { try signer.verify(path: path, query: forged, now: now) }
        }
    }

    @Test func `another secret does not fit`() throws {
        let other = URLSigner(base: "https://example.com/media", secret: SymmetricKey(size: .bits256))
        let (path, query) = try parts(other.url(for: key, as: presentation, until: now + 300))
        #expect(throws: URLSigner.Refusal.invalid) { try signer.verify(path: path, query: query, now: now) }
    }

    @Test func `a URL to read is none to put by, and the other way round`() throws {
        let part = URLSigner.Part(number: 3, upload: ObjectUpload(key: key, id: "é&=/"), size: 5 << 20)
        let (path, query) = try parts(signer.url(for: part, until: now + 300))
        #expect(try signer.verifyPart(path: path, query: query, now: now) == part)
        #expect(throws: URLSigner.Refusal.expired) { try signer.verifyPart(path: path, query: query, now: now + 300) }
        #expect(throws: URLSigner.Refusal.invalid) { try signer.verify(path: path, query: query, now: now) }
        let (read, asked) = try parts(signer.url(for: key, as: presentation, until: now + 300))
        #expect(throws: URLSigner.Refusal.invalid) { try signer.verifyPart(path: read, query: asked, now: now) }
        for number in ["-9223372036854775808", "9223372036854775807", "9223372036854775808", ""] {
            let forged = query.replacing("part=3", with: "part=\(number)")
            #expect(throws: URLSigner.Refusal.invalid) { try signer.verifyPart(path: path, query: forged, now: now) }
        }
    }
}

/// What a server sees of a URL under `/media/`.
func parts(_ url: String) throws -> (path: String, query: String) {
    let tail = try #require(url.split(separator: "/media/", maxSplits: 1).last)
    let halves = tail.split(separator: "?")
    try #require(halves.count == 2)
    return (String(halves[0]), String(halves[1]))
}
