import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Testing

@Suite struct RevocationRoutesTests {
    private let path = "/internal/v1/revocations"

    @Test func `a service reads what makes tokens void, and where to go on from`() async throws {
        let service = try await TestService()
        let (user, session, tag) = (UUID(), UUID(), UUID().lowercased)
        let at = Date(timeIntervalSince1970: 1_795_687_201.25)
        service.feed.set(
            IdentityPage(
                events: [
                    IdentityEvent(seq: 7, tag: tag, kind: .banned, userID: user, epoch: 3, at: at),
                    IdentityEvent(
                        seq: 8, tag: tag, kind: .sessionEnded, userID: user, sessionID: session, epoch: 3, at: at),
                ], next: IdentityPosition(seq: 8, tag: tag)))
        try await service.serve { [path] api in
            let token = try await api.grant().string("access_token")
            let answer = try await api.send(.get, "\(path)?after=6-x", token: token)
            #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
            #expect(try answer.string("next") == "8-\(tag)")
            let items = try #require(answer.json["items"] as? [[String: Any]])
            #expect(items.map { $0["seq"] as? Int } == [7, 8] && items.map { $0["tag"] as? String } == [tag, tag])
            #expect(items.map { $0["kind"] as? String } == ["banned", "session_ended"])
            #expect(items.map { $0["user_id"] as? String } == [user.lowercased, user.lowercased])
            #expect(items.map { $0["session_id"] as? String } == [nil, session.lowercased])
            #expect(items.map { $0["epoch"] as? Int } == [3, 3])
            #expect(items.map { $0["at"] as? String } == Array(repeating: "2026-11-26T10:00:01.250Z", count: 2))
            _ = try await api.send(.get, path, token: token)
            _ = try await api.send(.get, "\(path)?after=9", token: token)
        }
        #expect(
            service.feed.asked == [IdentityPosition(seq: 6, tag: "x"), nil, IdentityPosition(seq: 9, tag: "")])
    }

    @Test(arguments: [
        "", "-1", "x", "1-", "9223372036854775808", "1-A", "1%20", "1-" + String(repeating: "a", count: 65),
    ])
    func `a place that cannot be is named`(after: String) async throws {
        try await TestService().serve { [path] api in
            let token = try await api.grant().string("access_token")
            let answer = try await api.send(.get, "\(path)?after=\(after)", token: token)
            #expect(answer.status == .badRequest && answer.pointers == ["?after"])
        }
    }

    @Test func `a feed that is away is told as such`() async throws {
        let service = try await TestService()
        service.feed.setAway(true)
        try await service.serve { [path] api in
            let token = try await api.grant().string("access_token")
            #expect(try await api.send(.get, path, token: token).status == .serviceUnavailable)
        }
    }
}
