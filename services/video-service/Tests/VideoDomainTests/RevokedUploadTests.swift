import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Uploads of those who may not any more", .timeLimit(.minutes(1)))
struct RevokedUploadTests {
    let house = UploadHouse(checkpointBytes: 4)
    let permit = TestPermit()

    /// Sends `pieces` into an upload of ten bytes and then nothing, for ever; takes the right back once `received` is
    /// noted, and all pieces were taken. The failure.
    private func stall(_ pieces: [String], into upload: Upload, noting received: Int64) async throws -> Failure? {
        let (gate, keep) = AsyncStream<Void>.makeStream()
        let (waits, stalled) = AsyncStream<Void>.makeStream()
        let body = Body(pieces, gate: gate, atGate: stalled)
        async let failed = failure {
            try await house.receive(body, announced: nil, into: upload.id, at: 0, as: house.user, with: permit)
        }
        for await _ in waits { break }
        #expect(try await house.stored(upload) == received)
        permit.wake()
        permit.revoke(with: .testBan)
        let told = await failed
        keep.finish()
        return told
    }

    @Test func `a body that stalls is cut, keeps what had counted, and can go on from there`() async throws {
        let upload = try await house.begin(10)
        #expect(try await stall(["abcde", "fg"], into: upload, noting: 5)?.code == "test.banned")
        let left = try await house.show(upload.id, to: house.user)
        #expect(left.received == 5 && !left.isBeingWritten && left.state == .uploading)
        #expect(try await house.send(["fghij"], into: upload, at: 5).state == .finished)
        #expect(await house.media.objects[upload.media.key] == Array("abcdefghij".utf8))
    }

    @Test func `the last byte of one who may not any more makes no video`() async throws {
        let upload = try await house.begin(10)
        #expect(try await stall(["abcde", "fghij"], into: upload, noting: 5)?.code == "test.banned")
        house.clock.advance(by: .seconds(60))
        #expect(try await house.sweep() == .init())
        #expect(try await house.show.settled(upload.id, to: house.user).received == 5)
    }

    @Test func `a right that is gone before the first byte takes none`() async throws {
        let upload = try await house.begin(10)
        permit.revoke(with: .testBan)
        let refused = await failure {
            try await house.receive(
                Body(["hello"]), announced: 5, into: upload.id, at: 0, as: house.user, with: permit)
        }
        #expect(refused?.code == "test.banned")
        #expect(try await house.stored(upload) == 0)
        #expect(try await house.send(["hello"], into: upload).received == 5)
    }

    @Test func `what a dead process left is not finished for an owner who is banned, until the ban ends`() async throws
    {
        let upload = try await house.beginAndDie()
        house.standings.ban(house.user)
        house.clock.advance(by: .seconds(16))
        let swept = try await house.sweep()
        #expect(swept.refused == 1 && swept.failed == 0 && swept.finished == 0)
        #expect(await failure { try await house.show.settled(upload.id, to: house.user) }?.code == "test.banned")
        #expect(try await house.show(upload.id, to: house.user).state == .uploading)
        #expect(await house.media.objects.isEmpty)
        house.standings.lift(house.user)
        #expect(try await house.sweep().finished == 1)
    }
}
