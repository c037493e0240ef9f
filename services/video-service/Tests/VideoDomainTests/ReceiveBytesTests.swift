import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Receiving bytes")
struct ReceiveBytesTests {
    let house = UploadHouse()

    @Test func `the last byte makes the video ready`() async throws {
        let upload = try await house.begin(10)
        let half = try await house.send(["hel", "lo"], into: upload)
        #expect(half.received == 5 && half.state == .uploading)
        let whole = try await house.send(["world"], into: upload, at: 5)
        #expect(whole.received == 10 && whole.state == .finished)
        let video = try await house.library.find(try #require(upload.videoID), visibleTo: Sample.viewer())
        #expect(video?.state == .ready)
        #expect(await house.media.objects[upload.media.key] == Array("helloworld".utf8))
    }

    @Test func `a body that is cut keeps what came`() async throws {
        let upload = try await house.begin(10)
        let cut = await failure {
            try await house.receive(
                Body(["abc", "de"], isCut: true), announced: 10, into: upload.id, at: 0, as: house.user,
                with: TestPermit())
        }
        #expect(cut?.code == "video.body-cut")
        let stored = try await house.show.settled(upload.id, to: house.user)
        #expect(stored.received == 5 && !stored.isBeingWritten)
    }

    @Test func `bytes at another offset than where the others end are refused`() async throws {
        let upload = try await house.begin(10)
        try await house.send(["hello"], into: upload)
        for offset in [0, 4, 6, 10, 11] as [Int64] {
            let refused = await failure { try await house.send(["x"], into: upload, at: offset) }
            #expect(refused?.code == "video.wrong-offset" && refused?.extensions["upload_offset"] == "5")
        }
        #expect(try await house.stored(upload) == 5)
    }

    @Test func `bytes beyond the announced length are refused and the others kept`() async throws {
        let upload = try await house.begin(5)
        let said = await failure { try await house.send(["hello!"], into: upload, announced: 6) }
        #expect(said?.code == "video.beyond-length" && said?.kind == .contentTooLarge)
        #expect(try await house.stored(upload) == 0)
        let unsaid = await failure { try await house.send(["hel", "lo!"], into: upload) }
        #expect(unsaid?.code == "video.beyond-length")
        #expect(try await house.stored(upload) == 3)
    }

    @Test func `of two requests at once one writes and the other is told`() async throws {
        let upload = try await house.begin(10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let first = house.receive(
            Body(["hello"], gate: gate), announced: nil, into: upload.id, at: 0, as: house.user,
            with: TestPermit())
        while try await house.library.find(upload.id, of: house.user)?.isBeingWritten != true { await Task.yield() }
        let second = await failure { try await house.send(["other"], into: upload) }
        #expect(second?.code == "video.upload-busy" && second?.kind == .conflict)
        open.finish()
        #expect(try await first.received == 5)
    }

    @Test func `a lease nobody renews is taken over, and its former holder writes no more`() async throws {
        let upload = try await house.begin(10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let stalled = failure {
            try await house.receive(
                Body(["aaaaa"], gate: gate), announced: nil, into: upload.id, at: 0, as: house.user,
                with: TestPermit())
        }
        while try await house.library.find(upload.id, of: house.user)?.isBeingWritten != true { await Task.yield() }
        house.clock.advance(by: .seconds(16))
        #expect(try await house.send(["hello"], into: upload).received == 5)
        open.finish()
        #expect(await stalled?.code == "video.upload-busy")
        #expect(try await house.stored(upload) == 5)
    }

    @Test func `another user's upload is not found`() async throws {
        let upload = try await house.begin(10)
        let foreign = await failure { try await house.send(["hello"], into: upload, as: Sample.user()) }
        #expect(foreign?.code == "video.upload-not-found" && foreign?.kind == .notFound)
    }

    @Test func `bytes are noted on the way, not only at the end`() async throws {
        let house = UploadHouse(checkpointBytes: 4)
        let upload = try await house.begin(10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let sending = house.receive(
            Body(["abcde"], gate: gate), announced: nil, into: upload.id, at: 0, as: house.user,
            with: TestPermit())
        while try await house.stored(upload) != 5 { await Task.yield() }
        open.finish()
        _ = try await sending
    }

    @Test func `a full disk is told and the upload can go on later`() async throws {
        let upload = try await house.begin(5)
        await house.media.fail(with: .storageFull)
        let full = await failure { try await house.send(["hello"], into: upload) }
        #expect(full?.code == "video.storage-full" && full?.kind == .unavailable)
        await house.media.fail(with: nil)
        #expect(try await house.send(["hello"], into: upload).state == .finished)
    }

    @Test func `the database away is told and the upload can go on later`() async throws {
        let upload = try await house.begin(5)
        await house.library.fail(with: .unavailable("postgres"))
        let away = await failure { try await house.send(["hello"], into: upload) }
        #expect(away?.kind == .unavailable)
        await house.library.fail(with: nil)
        #expect(try await house.send(["hello"], into: upload).state == .finished)
    }

    @Test func `an upload of no bytes is finished when it is created`() async throws {
        let upload = try await house.begin(0)
        #expect(upload.state == .finished)
        #expect(await house.media.objects[upload.media.key] == [])
    }

    @Test func `more bytes than a video may have are refused beforehand`() async throws {
        let large = await failure { try await house.begin(1_001) }
        #expect(large?.code == "video.too-large")
        #expect(await house.media.uploads.isEmpty)
    }
}
