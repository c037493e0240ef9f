import Foundation
import HTTPTypes
import IdentityEvents
import Testing

@testable import AuthKit

@Suite struct HTTPRevocationFeedTests {
    static let user = UUID()
    static let session = UUID()
    static let page = """
        {"items":[
        {"seq":7,"tag":"a-b","kind":"banned","user_id":"\(user.uuidString)","epoch":3,"at":"2026-11-26T10:00:00.123Z"},
        {"seq":8,"tag":"c","kind":"of_a_later_version","user_id":"\(user.uuidString)","session_id":"\(session.uuidString)",
        "epoch":3,"at":"2026-11-26T10:00:01.000Z","more":true}],"next":"8-c"}
        """

    let service = TestUserService()

    func feed(_ url: String) throws -> HTTPRevocationFeed {
        try HTTPRevocationFeed(
            url: url, tokens: ServiceTokenSource(url: url, clientID: "a", secret: "s", timeout: .seconds(60)),
            timeout: .seconds(60))
    }

    @Test func `events are read, those of a later version too`() async throws {
        try await service.run { [self] url in
            service.set(page: Self.page)
            let page = try await feed(url).events(after: IdentityPosition(seq: 6, tag: "x-y"))
            #expect(service.feedCalls == ["after=6-x-y"])
            #expect(page.next == IdentityPosition(seq: 8, tag: "c"))
            #expect(page.events.map(\.seq) == [7, 8] && page.events.map(\.tag) == ["a-b", "c"])
            #expect(page.events[0].kind == .banned && page.events[0].userID == Self.user)
            #expect(page.events[0].sessionID == nil && page.events[0].epoch == 3)
            #expect(page.events[1].kind.rawValue == "of_a_later_version" && page.events[1].sessionID == Self.session)
            #expect(page.events[1].at == Date(timeIntervalSince1970: 1_795_687_201))
        }
    }

    @Test func `with a client's name and secret it gets tokens for itself, for events alone`() async throws {
        try await service.run { [self] url in
            let feed = try HTTPRevocationFeed(url: url, clientID: "video-service", secret: "s")
            #expect(try await feed.events(after: nil) == IdentityPage(events: [], next: .beginning))
            #expect(service.grants.map(\.form) == ["grant_type=client_credentials&scope=identity%3Aevents"])
        }
    }

    @Test func `without a position it asks from the oldest`() async throws {
        try await service.run { [self] url in
            let page = try await feed(url).events(after: nil)
            #expect(service.feedCalls == [""])
            #expect(page == IdentityPage(events: [], next: .beginning))
        }
    }

    @Test func `a token that is refused is renewed once, and once only`() async throws {
        try await service.run { [self] url in
            let feed = try feed(url)
            _ = try await feed.events(after: nil)
            service.revoke()
            _ = try await feed.events(after: nil)
            #expect(service.grants.count == 2 && service.feedCalls.count == 3)
            service.set(status: .unauthorized)
            service.revoke()
            await #expect(throws: ServiceTokenSource.NoToken.self) { try await feed.events(after: nil) }
            #expect(service.grants.count == 3 && service.feedCalls.count == 4)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"items":[],"next":"x"}"#, #"{"items":[],"next":"-1"}"#,
        #"{"items":[{"seq":1}],"next":"1"}"#,
        page.replacingOccurrences(of: "2026-11-26T10:00:01.000Z", with: "yesterday"),
        page.replacingOccurrences(of: #""seq":8"#, with: #""seq":9223372036854775808"#),
        #"{"items":[],"next":"0","padding":""# + String(repeating: " ", count: HTTPRevocationFeed.largestPage) + #""}"#,
    ])
    func `a page that cannot be read whole is not read in part`(page: String) async throws {
        try await service.run { [self] url in
            service.set(page: page)
            await #expect(throws: (any Error).self) { try await feed(url).events(after: nil) }
        }
    }
}
