import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Uploads in numbered parts")
struct DirectUploadTests {
    let house = UploadHouse()

    private func state(_ upload: Upload) async throws -> Upload.State? {
        try await house.library.find(upload.id, of: house.user)?.state
    }

    @Test(
        arguments: [(1, 1, 1), (8 << 20, 1, 8 << 20), (8 << 20 + 1, 2, 1), (64 << 30, 256, 256 << 20)]
            as [(Int64, Int, Int64)])
    func `a plan covers every byte once, in parts that every store takes`(_ size: Int64, _ count: Int, _ last: Int64) {
        let plan = PartPlan(size: size)
        #expect(plan.count == count && plan.size(ofPart: count) == last)
        #expect(plan.sizes.reduce(0, +) == size)
        #expect(PartPlan(size: .max).count <= 501)
    }

    @Test func `what the store put together before the process died is finished, by asking again or by housekeeping`()
        async throws
    {
        for asksAgain in [true, false] {
            let (upload, parts) = try await house.beginDirect()
            await house.library.fail(with: nil)
            try await diesBehindTheStore(upload)
            #expect(try await state(upload) == .completing)
            if asksAgain {
                let done = try await house.complete(upload.id, of: parts, sha256: nil, as: house.user)
                #expect(done.state == .finished)
            } else {
                house.clock.advance(by: .seconds(16))
                #expect(try await house.sweep().finished == 1)
            }
            #expect(try await state(upload) == .finished)
            #expect(try await house.complete(upload.id, of: [], sha256: nil, as: house.user).state == .finished)
        }
    }

    /// The store has put the parts together, and nobody has said so; the lease has run out.
    private func diesBehindTheStore(_ upload: Upload, sha256: String? = nil) async throws {
        let lease = Lease(token: UUID(), life: .seconds(15))
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, lease)
        _ = try await house.library.note(.completing(sha256: sha256), of: upload.id, lease)
        try await house.media.complete(upload.media, of: try await house.media.parts(of: upload.media), sha256: nil)
        house.clock.advance(by: .seconds(16))
    }

    @Test func `a digest that was wanted is held against after a crash too, and what is refused takes parts again`()
        async throws
    {
        let (upload, _) = try await house.beginDirect()
        try await diesBehindTheStore(upload, sha256: InMemoryMedia.digest("other"))
        #expect(try await house.sweep().failed == 1)
        #expect(try await state(upload) == .direct)
        #expect(await house.media.objects.isEmpty)
        let moved = try #require(try await house.library.find(upload.id, of: house.user)).media
        let etag = try #require(try await house.media.parts(of: moved).first).etag
        let parts = [ToldPart(number: 1, etag: etag)]
        let done = try await house.complete(
            upload.id, of: parts, sha256: InMemoryMedia.digest("hello"), as: house.user)
        #expect(done.state == .finished)
        let video = try await house.library.find(try #require(upload.videoID), visibleTo: Viewer(house.user))
        #expect(video?.sha256 == InMemoryMedia.digest("hello") && video?.state == .ready)
    }

    @Test func `a process that died before the store did anything leaves an upload that takes parts`() async throws {
        let (upload, parts) = try await house.beginDirect()
        let lease = Lease(token: UUID(), life: .seconds(15))
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, lease)
        _ = try await house.library.note(.completing(sha256: nil), of: upload.id, lease)
        #expect(await failure { try await house.sign([1], of: upload.id, as: house.user) }?.code == "video.upload-busy")
        house.clock.advance(by: .seconds(16))
        let outcome = try await house.sweep()
        #expect(outcome.finished == 0 && outcome.failed == 0)
        #expect(try await house.sign([1], of: upload.id, as: house.user).count == 1)
        #expect(try await house.complete(upload.id, of: parts, sha256: nil, as: house.user).state == .finished)
    }

    @Test func `a store that is away leaves all as it is`() async throws {
        let (upload, parts) = try await house.beginDirect()
        await house.media.cutCompletions(with: .unavailable("object-store"))
        let refused = await failure { try await house.complete(upload.id, of: parts, sha256: nil, as: house.user) }
        #expect(refused?.kind == .unavailable)
        await house.media.cutCompletions(with: nil)
        #expect(try await house.complete(upload.id, of: parts, sha256: nil, as: house.user).state == .finished)
    }

    @Test func `who may not finish it gets no video, and may later`() async throws {
        let (upload, parts) = try await house.beginDirect()
        house.rights.refuse(.finish, with: .membershipRequired)
        let refused = await failure { try await house.complete(upload.id, of: parts, sha256: nil, as: house.user) }
        #expect(refused?.code == "video.membership-required")
        #expect(try await state(upload) == .direct)
        #expect(await house.media.objects.isEmpty)
        house.rights.allow(.finish)
        #expect(try await house.complete(upload.id, of: parts, sha256: nil, as: house.user).state == .finished)
    }

    @Test func `asking for addresses keeps an upload alive, and one that nobody asks for is given up`() async throws {
        let (upload, _) = try await house.beginDirect()
        house.clock.advance(by: .seconds(3_000))
        _ = try await house.sign([1], of: upload.id, as: house.user)
        house.clock.advance(by: .seconds(3_000))
        #expect(try await house.sweep().expired == 0)
        house.clock.advance(by: .seconds(700))
        #expect(try await house.sweep().expired == 1)
        #expect(await house.media.uploads.isEmpty)
        let gone = await failure { try await house.sign([1], of: upload.id, as: house.user) }
        #expect(gone?.code == "video.upload-not-found")
    }

    @Test func `an upload takes bytes in one way alone`() async throws {
        let (direct, _) = try await house.beginDirect()
        let other = try await house.begin(5)
        #expect(await failure { try await house.send(["hello"], into: direct) }?.code == "video.upload-direct")
        #expect(
            await failure { try await house.show.settled(direct.id, to: house.user) }?.code == "video.upload-direct")
        #expect(
            await failure { try await house.sign([1], of: other.id, as: house.user) }?.code
                == "video.upload-not-direct")
        let refused = await failure { try await house.complete(other.id, of: [], sha256: nil, as: house.user) }
        #expect(refused?.code == "video.upload-not-direct")
        try await house.send(["hello"], into: other)
    }
}
