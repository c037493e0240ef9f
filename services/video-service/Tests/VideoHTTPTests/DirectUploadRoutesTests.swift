import Crypto
import Encodings
import Foundation
import HTTPKit
import HTTPTypes
import PlatformTesting
import Testing
import VideoHTTP
import VideoTestKit

/// Uploads in numbered parts, on every store there is.
@Suite("Uploads in numbered parts, by signed addresses", .serialized)
struct DirectUploadRoutesTests {
    let user = UUID()
    /// Two parts.
    let bytes = Data((0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 11) })

    private var sha256: String { Hexadecimal.encode(Array(SHA256.hash(data: bytes))) }

    @Test(arguments: MediaPlace.allCases)
    func `the parts are the video, and completing again is the same`(_ place: MediaPlace) async throws {
        let (user, bytes, sha256) = (user, bytes, sha256)
        try await place.service().serve { api in
            let upload = try await DirectUpload.begin(bytes, as: user, api)
            #expect(upload.partSize == 8 << 20 && upload.partCount == 2)
            let early = try await upload.put(1, by: upload.links([1, 2]))
            _ = try await upload.put(2, by: upload.links([2]))
            let again = try await upload.put(1, by: upload.links([1]))
            let listed = try await upload.listed()
            #expect(early != nil && listed.first?.1 == again)
            let shown = try await api.send(.get, upload.path, as: user)
            #expect(try shown.string("state") == "active" && shown.integer("received") == bytes.count)
            #expect(try shown.integer("part_size") == 8 << 20)
            for wanted in [sha256, sha256, nil] {
                let done = try await upload.complete(Array(listed.reversed()), sha256: wanted)
                #expect(try done.status == .ok && done.string("state") == "ready" && done.string("sha256") == sha256)
                #expect(try done.string("id") == upload.videoID)
            }
            #expect(try await place.played(upload.videoID, as: user, api) == bytes)
            #expect(try await api.send(.get, upload.path, as: user).string("state") == "finished")
            let late = try await api.send(.post, upload.path + "/parts", as: user, #"{"numbers":[1]}"#)
            #expect(late.code == "video.upload-finished")
        }
    }

    @Test(arguments: MediaPlace.allCases)
    func `what are not the parts that are stored is refused, and the upload goes on`(_ place: MediaPlace) async throws {
        let (user, bytes) = (user, bytes)
        try await place.service().serve { api in
            let upload = try await DirectUpload.begin(bytes, as: user, api)
            let other = try await DirectUpload.begin(Data(bytes.reversed()), as: user, api)
            let foreign = try #require(try await other.put(1, by: other.links([1])))
            let first = try #require(try await upload.put(1, by: upload.links([1])))
            let none = try await upload.complete([(1, first), (2, first)])
            #expect(none.status == .unprocessableContent && none.pointers == ["/parts/1/number"], "not stored")
            let second = try #require(try await upload.put(2, by: upload.links([2])))
            let refusals: [([(Int, String)], Int, [String])] = [
                ([(1, first)], 422, ["/parts"]), ([], 422, ["/parts", "/parts"]),
                ([(1, first), (1, first)], 400, ["/parts/1/number"]),
                ([(1, first), (2, second), (2, second)], 400, ["/parts/2/number"]),
                ([(1, first), (2, second), (3, second)], 400, ["/parts/2/number"]),
                ([(1, first), (0, second)], 400, ["/parts/1/number"]),
                ([(1, second), (2, first)], 422, ["/parts/0/etag", "/parts/1/etag"]),
                ([(1, foreign), (2, second)], 422, ["/parts/0/etag"]),
            ]
            for (parts, status, pointers) in refusals {
                let refused = try await upload.complete(parts)
                #expect(refused.status.code == status && refused.pointers == pointers, "\(parts)")
            }
            var changed = upload
            changed.bytes = Data(bytes.reversed())
            let later = try #require(try await changed.put(2, by: upload.links([2])))
            #expect(try await upload.complete([(1, first), (2, second)]).pointers == ["/parts/1/etag"], "it changed")
            #expect(try await api.send(.get, "/v1/videos/\(upload.videoID)", as: user).string("state") == "uploading")
            let done = try await upload.complete([(1, "\"\(first)\""), (2, later)])
            #expect(done.status == .ok, "etags are taken with quotes, too")
            #expect(
                try await place.played(upload.videoID, as: user, api)
                    == bytes.prefix(8 << 20) + Data(bytes.reversed()).dropFirst(8 << 20))
        }
    }

    @Test(arguments: MediaPlace.allCases)
    func `bytes of another digest never become a video, and may be put right`(_ place: MediaPlace) async throws {
        let (user, bytes, sha256) = (user, bytes, sha256)
        try await place.service().serve { api in
            let upload = try await DirectUpload.begin(bytes, as: user, api)
            var wrong = upload
            wrong.bytes = Data(bytes.reversed())
            let links = try await upload.links([1, 2])
            _ = try await wrong.put(1, by: links)
            _ = try await upload.put(2, by: links)
            for _ in 0..<2 {
                let refused = try await upload.complete(try await upload.listed(), sha256: sha256)
                #expect(refused.status == .unprocessableContent && refused.code == "video.checksum-mismatch")
                let video = try await api.send(.get, "/v1/videos/\(upload.videoID)", as: user)
                #expect(try video.string("state") == "uploading")
                let playback = try await api.send(.get, "/v1/videos/\(upload.videoID)/playback", as: user)
                #expect(playback.status == .conflict)
            }
            _ = try await upload.put(1, by: upload.links([1]))
            let done = try await upload.complete(try await upload.listed(), sha256: sha256)
            #expect(try done.string("sha256") == sha256)
            #expect(try await place.played(upload.videoID, as: user, api) == bytes)
        }
    }

    @Test(arguments: [MediaPlace.directory, .rclone])
    func `an address takes the one part it was signed for`(_ place: MediaPlace) async throws {
        let (user, bytes) = (user, bytes)
        try await place.service().serve { api in
            let upload = try await DirectUpload.begin(bytes, as: user, api)
            let links = try await upload.links([1, 2])
            let first = try #require(links[1]?.url)
            var short = upload
            short.bytes = bytes.dropLast()
            #expect(try await short.put(2, by: links) == nil, "a byte is missing")
            #expect(try await upload.put(2, to: first) == nil, "another part")
            let moved = first.replacing("partNumber=1", with: "partNumber=2").replacing("part=1&", with: "part=2&")
            #expect(moved != first)
            #expect(try await upload.put(1, to: moved) == nil, "a signature of another part")
            #expect(try await upload.listed().isEmpty)
            #expect(try await upload.put(1, by: links) != nil)
            try await api.send(.delete, upload.path, as: user)
            #expect(try await upload.put(1, by: links) == nil, "nobody waits for it any more")
        }
    }

    @Test func `what makes no upload is refused, naming all of it`() async throws {
        let user = user
        try await MediaPlace.directory.service().serve { api in
            let refused = try await api.send(
                .post, "/v1/uploads/multipart", as: user,
                #"{"filename":"a/b","content_type":"x","size":0,"title":"","visibility":"secret","tags":[""]}"#)
            #expect(refused.status == .badRequest)
            #expect(
                refused.pointers == ["/filename", "/content_type", "/size", "/title", "/tags/0", "/visibility"])
            for size in [100_000_001, Int.max] {
                let huge = try await DirectUpload.create(size, as: user, api)
                #expect(huge.status == .contentTooLarge && huge.code == "video.too-large")
            }
            let upload = try await DirectUpload.begin(Data([1]), as: user, api)
            for numbers in [
                "[]", "[0]", "[2]", "[-9223372036854775808]", "[9223372036854775807]", "[1,1]", "[1.5]", "7",
            ] {
                let body = "{\"numbers\":\(numbers)}"
                #expect(try await api.send(.post, upload.path + "/parts", as: user, body).status == .badRequest)
            }
            let stranger = UUID()
            #expect(
                try await api.send(.post, upload.path + "/parts", as: stranger, #"{"numbers":[1]}"#).status == .notFound
            )
            #expect(try await api.send(.get, upload.path + "/parts", as: stranger).status == .notFound)
            for digest in ["", "AB", String(repeating: "A", count: 64), String(repeating: "g", count: 64)] {
                let refused = try await upload.complete([(1, "x")], sha256: digest)
                #expect(refused.status == .badRequest && refused.pointers == ["/sha256"])
            }
            #expect(try await api.offset(upload.path, as: user).status == .forbidden)
            #expect(try await api.append(Data([1]), to: upload.path, at: 0, as: user).code == "video.upload-direct")
        }
    }

    @Test func `a creation that is sent again is one upload, and lists go page after page`() async throws {
        let user = user
        let bytes = Data(repeating: 7, count: 17 << 20)
        try await MediaPlace.directory.service().serve { api in
            let key: HTTPFields = [.idempotencyKey: "k"]
            let first = try await DirectUpload.create(bytes.count, as: user, api, headers: key)
            let again = try await DirectUpload.create(bytes.count, as: user, api, headers: key)
            #expect(try first.status == .created && again.string("upload_id") == first.string("upload_id"))
            let upload = try DirectUpload(first, bytes, user, api)
            let links = try await upload.links([3, 2, 1])
            for number in 1...3 { _ = try await upload.put(number, by: links) }
            let page = try await api.send(.get, upload.path + "/parts?limit=2", as: user)
            let cursor = try page.string("next_cursor")
            let rest = try await api.send(.get, upload.path + "/parts?limit=2&cursor=\(cursor)", as: user)
            #expect((rest.json["items"] as? [Any])?.count == 1 && rest.json["next_cursor"] is NSNull)
            #expect(try await upload.listed().map { $0.0 } == [1, 2, 3])
            let listed = try await api.send(.get, "/v1/uploads", as: user)
            #expect(listed.status == .ok)
            let known = try await api.send(.get, upload.path, as: user).headers[.eTag]
            let stale = try await api.send(.delete, upload.path, as: user, headers: [.ifMatch: "\"x\""])
            #expect(stale.status == .preconditionFailed)
            let gone = try await api.send(.delete, upload.path, as: user, headers: [.ifMatch: try #require(known)])
            #expect(gone.status == .noContent)
        }
    }
}
