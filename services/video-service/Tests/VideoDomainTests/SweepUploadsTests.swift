import DomainKit
import Foundation
import NIOCore
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Housekeeping")
struct SweepUploadsTests {
    let house = UploadHouse()

    @Test func `an upload without progress is given up with its bytes and its video`() async throws {
        let upload = try await house.begin(10)
        try await house.send(["hello"], into: upload)
        house.clock.advance(by: .seconds(3_599))
        #expect(try await house.sweep().expired == 0)
        house.clock.advance(by: .seconds(2))
        let outcome = try await house.sweep()
        #expect(outcome.expired == 1 && outcome.cleaned == 1)
        #expect(try await house.stored(upload) == nil)
        #expect(try await house.library.find(try #require(upload.videoID), visibleTo: Viewer(house.user)) == nil)
        #expect(await house.media.uploads.isEmpty)
    }

    @Test func `an upload whose process died before it was finished is finished`() async throws {
        let upload = try await house.beginAndDie()
        #expect(try await house.sweep().finished == 0)
        house.clock.advance(by: .seconds(16))
        #expect(try await house.sweep().finished == 1)
        #expect(try await house.show(upload.id, to: house.user).state == .finished)
    }

    @Test func `asking for the offset finishes what a dead process left`() async throws {
        let upload = try await house.beginAndDie()
        #expect(try await house.show.settled(upload.id, to: house.user).state == .uploading)
        house.clock.advance(by: .seconds(16))
        #expect(try await house.show.settled(upload.id, to: house.user).state == .finished)
        #expect(await house.media.objects[upload.media.key] == Array("hello".utf8))
    }

    @Test func `bytes no upload knows are removed once nobody can be about to name them`() async throws {
        _ = await house.media.begin(MediaKey(noted: "videos/orphan"))
        #expect(try await house.sweep().orphans == 0)
        house.clock.advance(by: .seconds(7_300))
        _ = try await house.begin(5)
        #expect(try await house.sweep().orphans == 1)
        #expect(await house.media.uploads.count == 1)
    }

    @Test func `bytes that cannot be removed or finished stop nothing behind them`() async throws {
        let stuck = try await house.begin(5)
        let unfinished = try await house.beginAndDie()
        await house.media.breakBytes(of: stuck.media.key)
        await house.media.breakBytes(of: unfinished.media.key)
        try await house.cancel(stuck.id, as: house.user)
        var others: [Upload] = []
        for _ in 0..<250 { others.append(try await house.begin(5)) }
        house.clock.advance(by: .seconds(20))
        let first = try await house.sweep()
        #expect(first.finished == 0 && first.failed == 1, "the note on the stuck bytes is not due again")
        house.clock.advance(by: .seconds(3_601))
        let second = try await house.sweep()
        #expect(second.expired == 251 && second.cleaned == 250)
        #expect(second.failed == 2, "both stay noted")
        #expect(await house.media.uploads.count == 2)
    }

    @Test func `one replica sweeps at a time, and a dead one keeps the others out for a while only`() async throws {
        _ = try await house.begin(5)
        house.clock.advance(by: .seconds(3_601))
        #expect(try await house.library.take(UUID(), for: .seconds(300)))
        #expect(try await house.sweep().expired == 0)
        house.clock.advance(by: .seconds(300))
        #expect(try await house.sweep().expired == 1)
        _ = try await house.begin(5)
        house.clock.advance(by: .seconds(3_601))
        #expect(try await house.sweep().expired == 1, "a turn that ended is given back")
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
