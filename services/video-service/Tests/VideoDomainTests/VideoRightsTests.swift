import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("What accounts may do", .timeLimit(.minutes(1)))
struct VideoRightsTests {
    let house = UploadHouse()

    private func refuse(_ act: ScriptedRights.Act, _ failure: Failure = .videoNotAllowed(by: "test")) {
        house.rights.refuse(act, with: failure)
    }

    @Test(arguments: [Failure.videoNotAllowed(by: "test"), .unavailable("decisions")])
    func `who may not upload, or of whom nobody can say it, begins nothing`(told: Failure) async throws {
        refuse(.upload, told)
        #expect(await failure { try await house.begin(10) }?.code == told.code)
        #expect(await house.media.uploads.isEmpty)
        house.rights.allow(.upload)
        #expect(try await house.begin(10).state == .uploading)
    }

    @Test(arguments: [Failure.videoNotAllowed(by: "test"), .unavailable("decisions")])
    func `the last byte of one who may not finish makes no video, and counts`(told: Failure) async throws {
        let upload = try await house.begin(5)
        refuse(.finish, told)
        #expect(await failure { try await house.send(["hello"], into: upload) }?.code == told.code)
        #expect(await failure { try await house.show.settled(upload.id, to: house.user) }?.code == told.code)
        let left = try await house.show(upload.id, to: house.user)
        #expect(left.state == .uploading && left.received == 5)
        #expect(await house.media.objects.isEmpty)
        house.rights.allow(.finish)
        #expect(try await house.show.settled(upload.id, to: house.user).state == .finished)
        #expect(await house.media.objects[upload.media.key] == Array("hello".utf8))
    }

    @Test func `the housekeeping finishes nothing for who may not, or while nobody can say`() async throws {
        _ = try await house.beginAndDie()
        house.clock.advance(by: .seconds(16))
        refuse(.finish)
        let refused = try await house.sweep()
        #expect(refused.refused == 1 && refused.failed == 0 && refused.finished == 0)
        refuse(.finish, .unavailable("decisions"))
        let unanswered = try await house.sweep()
        #expect(unanswered.refused == 0 && unanswered.failed == 1 && unanswered.finished == 0)
        house.rights.allow(.finish)
        #expect(try await house.sweep().finished == 1)
    }

    @Test func `a ban that was told counts before anybody is asked`() async throws {
        let upload = try await house.beginAndDie()
        house.clock.advance(by: .seconds(16))
        house.standings.ban(house.user)
        refuse(.finish, .unavailable("decisions"))
        #expect(
            await failure { try await house.show.settled(upload.id, to: house.user) }?.code == "test.banned")
    }

    @Test(arguments: [Failure.membershipRequired, .unavailable("decisions")])
    func `who may not watch gets no link`(told: Failure) async throws {
        let upload = try await house.begin(0)
        let play = house.play(life: .seconds(300))
        refuse(.watch, told)
        #expect(
            await failure { try await play(try #require(upload.videoID), for: Viewer(house.user)) }?.code == told.code)
        house.rights.allow(.watch)
        _ = try await play(try #require(upload.videoID), for: Viewer(house.user))
    }

    @Test func `a video whose bytes are not there is played for nobody, whoever says so`() async throws {
        let upload = try await house.begin(5)
        let play = house.play(life: .seconds(300))
        #expect(
            await failure { try await play(try #require(upload.videoID), for: Viewer(house.user)) }?.code
                == "video.not-ready")
    }
}
