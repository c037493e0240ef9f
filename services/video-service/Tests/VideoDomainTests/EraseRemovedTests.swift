import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("What was taken down and whose time is over", .timeLimit(.minutes(1)))
struct EraseRemovedTests {
    let house = UploadHouse()
    let day = Duration.seconds(86_400)

    private var erase: EraseRemoved<InMemoryLibrary, MediaCleanup<InMemoryLibrary, InMemoryMedia>> {
        EraseRemoved(
            videos: house.library, removals: house.library,
            cleanup: MediaCleanup(notes: house.library, media: house.media), clock: house.clock)
    }

    private var judge: Moderator {
        get throws { try Moderator(Viewer(id: Sample.user(), roles: ["moderator"], expiresAt: .distantFuture)) }
    }

    private func removed() async throws -> VideoID {
        let upload = try await house.begin(5)
        try await house.send(["hello"], into: upload)
        let id = try #require(upload.videoID)
        let remove = RemoveVideo(
            videos: house.library, removals: house.library, clock: house.clock, appealTime: day * 30)
        _ = try await remove(id, because: try Statement("x"), as: try judge, precondition: nil)
        return id
    }

    private func appeal(_ id: VideoID) async throws {
        let appeal = AppealRemoval(
            videos: house.library, removals: house.library, clock: house.clock, ids: SystemIDSource())
        _ = try await appeal(id, try Statement("Mine"), as: Viewer(house.user))
    }

    @Test func `it goes with its bytes, and not a day before`() async throws {
        let id = try await removed()
        house.clock.advance(by: day * 30)
        #expect(try await erase() == 0)
        #expect(await house.media.objects.count == 1)
        house.clock.advance(by: .seconds(1))
        #expect(try await erase() == 1)
        #expect(await house.media.objects.isEmpty)
        #expect(try await house.library.find(id, visibleTo: Viewer(house.user)) == nil)
        #expect(try await house.library.holdings(of: house.user).videos == 0)
        #expect(try await erase() == 0)
    }

    @Test func `it waits for the decision of an appeal, and is there when that is granted`() async throws {
        let (rejected, granted) = (try await removed(), try await removed())
        for id in [rejected, granted] { try await appeal(id) }
        house.clock.advance(by: day * 40)
        #expect(try await erase() == 0)
        let decide = DecideAppeal(videos: house.library, removals: house.library, clock: house.clock)
        _ = try await decide(granted, .granted, answer: nil, as: try judge, precondition: nil)
        _ = try await decide(rejected, .rejected, answer: nil, as: try judge, precondition: nil)
        #expect(try await erase() == 1)
        let left = try await house.library.find(granted, visibleTo: Sample.viewer())
        #expect(left?.state == .ready)
        #expect(await house.media.objects.count == 1)
    }

    @Test func `an appeal comes too late when the time is over`() async throws {
        let id = try await removed()
        house.clock.advance(by: day * 30)
        #expect(await failure { try await appeal(id) }?.code == "video.appeal-over")
    }
}
