import DomainKit
import Foundation
import NIOCore
import Testing
import VideoDomain
import VideoTestKit

@Suite("Housekeeping")
struct SweepUploadsTests {
    let house = UploadHouse()

    @Test func `an upload without progress is given up with its bytes and its video`() async throws {
        let upload = try await house.begin(10)
        try await house.send(["hello"], into: upload)
        house.clock.advance(by: 3_599)
        #expect(try await house.sweep().expired == 0)
        house.clock.advance(by: 2)
        let outcome = try await house.sweep()
        #expect(outcome.expired == 1 && outcome.cleaned == 1)
        #expect(try await house.stored(upload) == nil)
        #expect(try await house.library.find(upload.videoID, visibleTo: house.user) == nil)
        #expect(await house.media.uploads.isEmpty)
    }

    @Test func `an upload whose process died before it was finished is finished`() async throws {
        let upload = try await house.begin(5)
        let lease = Lease(token: UUID(), life: .seconds(15))
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, lease)
        let writer = try await house.media.writer(to: upload.media, at: 0)
        await writer.write(.init(string: "hello"))
        _ = try await writer.flush()
        _ = try await house.library.record(5, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: false)
        #expect(try await house.sweep().finished == 0)
        house.clock.advance(by: 16)
        #expect(try await house.sweep().finished == 1)
        #expect(try await house.show(upload.id, to: house.user).state == .finished)
    }

    @Test func `asking for the offset finishes what a dead process left`() async throws {
        let upload = try await house.begin(0)
        #expect(try await house.show.settled(upload.id, to: house.user).state == .finished)
    }

    @Test func `bytes no upload knows are removed`() async throws {
        _ = await house.media.begin(MediaKey(noted: "videos/orphan"))
        _ = try await house.begin(5)
        #expect(try await house.sweep().orphans == 1)
        #expect(await house.media.uploads.count == 1)
    }

    @Test func `cancelling removes bytes and video, and a finished upload cannot be cancelled`() async throws {
        let upload = try await house.begin(10)
        try await house.send(["hello"], into: upload)
        #expect(await failure { try await house.cancel(upload.id, as: Sample.user()) }?.kind == .notFound)
        try await house.cancel(upload.id, as: house.user)
        #expect(await house.media.uploads.isEmpty)
        #expect(await failure { try await house.cancel(upload.id, as: house.user) }?.kind == .notFound)
        let finished = try await house.begin(0)
        #expect(
            await failure { try await house.cancel(finished.id, as: house.user) }?.code == "video.upload-finished")
    }
}
