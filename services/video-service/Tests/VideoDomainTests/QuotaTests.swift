import DomainKit
import Foundation
import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("Quotas")
struct QuotaTests {
    let house: UploadHouse
    let quotas: TierQuotas<VideoQuota>

    init() throws {
        quotas = try TierQuotas("free uploads=1 videos=2 bytes=10; member uploads=2 videos=9 bytes=100")
        house = UploadHouse(quotas: quotas)
    }

    private func begin(_ size: Int64, _ tier: String, effect: UUID? = nil) async throws -> Upload {
        let viewer = Viewer(id: house.user, tier: tier, expiresAt: .distantFuture)
        return try await house.create(try Sample.new(size: size), effect: effect, as: viewer).upload
    }

    @Test func `a tier has what was said of it, and one nothing was said of has what free has`() async throws {
        #expect(await failure { try await begin(11, "free") }?.code == "video.quota-exceeded")
        #expect(await failure { try await begin(11, "gold") }?.code == "video.quota-exceeded")
        _ = try await begin(11, "member")
    }

    @Test func `what is refused leaves no bytes behind`() async throws {
        #expect(await failure { try await begin(11, "free") }?.kind == .forbidden)
        #expect(await house.media.uploads.isEmpty)
        #expect(try await house.library.holdings(of: house.user) == Holdings())
    }

    @Test func `an upload that is there is finished, whatever became of the membership`() async throws {
        let upload = try await begin(5, "member")
        _ = try await begin(95, "member")
        #expect(await failure { try await begin(0, "free") }?.code == "video.quota-exceeded")
        #expect(try await house.send(["hello"], into: upload).state == .finished)
    }

    @Test func `what was given up, swept or refused half way makes room`() async throws {
        for _ in 0..<3 { try await house.cancel(try await begin(10, "free").id, as: house.user) }
        _ = try await begin(10, "free")
        house.clock.advance(by: .seconds(3_601))
        #expect(try await house.sweep().expired == 1)
        _ = try await begin(10, "free")
    }

    @Test func `a repeated creation is the first one, when all is full too`() async throws {
        let effect = UUID()
        let first = try await begin(10, "free", effect: effect)
        #expect(try await begin(10, "free", effect: effect).id == first.id)
        #expect(await house.media.uploads.count == 1)
    }

    @Test func `one is told what one has and may have`() async throws {
        _ = try await begin(0, "member")
        _ = try await begin(60, "member")
        let show = ShowQuota(holdings: house.library, quotas: quotas)
        let member = Viewer(id: house.user, tier: "member", expiresAt: .distantFuture)
        #expect(
            try await show(of: member) == [
                .uploads: QuotaUse(used: 1, limit: 2), .videos: QuotaUse(used: 2, limit: 9),
                .bytes: QuotaUse(used: 60, limit: 100),
            ])
        #expect(try await show(of: Viewer(house.user))[.bytes] == QuotaUse(used: 60, limit: 10))
        #expect(try await show(of: Sample.viewer())[.videos] == QuotaUse(used: 0, limit: 2))
    }
}
