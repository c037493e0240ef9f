import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Whose turn it is to write", .timeLimit(.minutes(1)))
struct UploadTurnsTests {
    let other = Lease(token: UUID(), life: .seconds(3_600))

    @Test func `whoever waits is told when the lease is given back`() async throws {
        let house = UploadHouse(turnPatience: .seconds(3_600))
        let upload = try await house.begin(5)
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, other)
        async let sending = house.send(["hello"], into: upload)
        try await until("it waits") { await house.library.isAwaited(upload.id) }
        _ = try await house.library.record(0, of: upload.id, other, expiresAt: upload.expiresAt, releasing: true)
        #expect(try await sending.state == .finished)
    }

    @Test func `whoever waits looks at the end of a lease, and not all the time`() async throws {
        let house = UploadHouse(turnPatience: .seconds(1))
        let upload = try await house.begin(5)
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, other)
        let busy = await failure { try await house.send(["hello"], into: upload) }
        #expect(busy?.code == "video.upload-busy")
        // That of the other, the first look, one once it listens, one at the first word, and the last.
        #expect(await house.library.claims <= 5)
    }

    @Test func `a lease that ends is taken over by whoever waits`() async throws {
        let house = UploadHouse(turnPatience: .seconds(3_600))
        let upload = try await house.begin(5)
        let short = Lease(token: UUID(), life: .milliseconds(20))
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, short)
        async let sending = house.send(["hello"], into: upload)
        try await until("it waits") { await house.library.isAwaited(upload.id) }
        // Nobody says a word.
        house.clock.advance(by: .seconds(1))
        #expect(try await sending.state == .finished)
    }

    @Test func `a lease is renewed while nothing but time passes`() async throws {
        let house = UploadHouse(leaseLife: .milliseconds(30))
        let upload = try await house.begin(10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let sending = house.receive(
            Body(["hello"], gate: gate), announced: nil, into: upload.id, at: 0, as: house.user, with: TestPermit())
        try await until("it is renewed") { await house.library.renewals > 2 }
        open.finish()
        #expect(try await sending.received == 5)
        #expect(try await house.library.find(upload.id, of: house.user)?.isBeingWritten == false)
    }

    @Test func `a writer that lost its lease writes no more`() async throws {
        let house = UploadHouse(leaseLife: .milliseconds(30))
        let upload = try await house.begin(10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let stalled = failure {
            try await house.receive(
                Body(["aaaaa"], gate: gate), announced: nil, into: upload.id, at: 0, as: house.user,
                with: TestPermit())
        }
        try await until("it writes") { try await house.library.find(upload.id, of: house.user)?.isBeingWritten == true }
        house.clock.advance(by: .seconds(16))
        let claimed = try await house.library.claim(upload.id, of: house.user, at: 0, other)
        if case .granted = claimed {
            #expect(await stalled?.code == "video.upload-busy")
            #expect(try await house.stored(upload) == 0)
        }
        open.finish()
        _ = await stalled
    }
}

@Suite("Parts that become one", .timeLimit(.minutes(1)))
struct JoinUploadsTests {
    let house = UploadHouse()
    private var viewer: Viewer { Viewer(house.user) }

    private func part(_ text: String) async throws -> UploadID {
        let part = try await house.create.part(of: Int64(text.utf8.count), metadata: nil, as: viewer).upload
        if !text.isEmpty { try await house.send([text], into: part) }
        return part.id
    }

    @Test func `they are one video in the order they are named, and their bytes are removed`() async throws {
        let parts = [try await part("world"), try await part(""), try await part("hello")]
        let joined = try await house.join(parts.reversed(), as: try Sample.new(size: 0), by: viewer)
        #expect(joined.state == .finished && joined.size == 10)
        #expect(await house.media.objects[joined.media.key] == Array("helloworld".utf8))
        #expect(await house.media.objects.count == 1)
        #expect(await house.media.uploads.isEmpty)
    }

    @Test func `what a crash left of a joining is done by the housekeeping`() async throws {
        let parts = [try await part("hello"), try await part("world")]
        house.rights.refuse(.finish, with: .unavailable("identity"))
        let failed = await failure { try await house.join(parts, as: try Sample.new(size: 0), by: viewer) }
        #expect(failed?.kind == .unavailable)
        house.rights.allow(.finish)
        #expect(try await house.sweep().finished == 1)
        let again = try await house.join(parts, as: try Sample.new(size: 0), by: viewer)
        #expect(again.state == .finished)
        #expect(await house.media.objects[again.media.key] == Array("helloworld".utf8))
    }

    @Test func `while one joins, others get the upload as it is`() async throws {
        let parts = [try await part("hello")]
        house.rights.refuse(.finish, with: .unavailable("identity"))
        _ = await failure { try await house.join(parts, as: try Sample.new(size: 0), by: viewer) }
        house.rights.allow(.finish)
        let upload = try #require(
            try await house.library.list(of: house.user, PageRequest()).items.first { !$0.parts.isEmpty })
        let lease = Lease(token: UUID(), life: .seconds(60))
        _ = try await house.library.claim(upload.id, of: house.user, at: 0, lease)
        let seen = try await house.join(parts, as: try Sample.new(size: 0), by: viewer)
        #expect(seen.id == upload.id && seen.state == .joining && seen.isBeingWritten)
    }
}
