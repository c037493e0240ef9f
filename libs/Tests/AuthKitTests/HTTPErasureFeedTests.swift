import Foundation
import HTTPTypes
import IdentityEvents
import Testing

@testable import AuthKit

@Suite struct HTTPErasureFeedTests {
    let service = TestUserService()

    func feed(_ url: String) throws -> HTTPErasureFeed {
        try HTTPErasureFeed(url: url, clientID: "chat-service", secret: "s", timeout: .seconds(60))
    }

    @Test func `erasures are read on from a place, and reported by account`() async throws {
        try await service.run { [self] url in
            let user = UUID()
            service.set(
                page: """
                    {"items":[{"seq":7,"tag":"a","user_id":"\(user.uuidString)","at":"2026-11-26T10:00:00.123Z"}],
                    "next":"7-a"}
                    """)
            let feed = try feed(url)
            let page = try await feed.erasures(after: IdentityPosition(seq: 6, tag: "x"))
            #expect(page.items.map(\.userID) == [user] && page.next == IdentityPosition(seq: 7, tag: "a"))
            #expect(service.feedCalls == ["after=6-x"])
            try await feed.report(["messages": 3, "a": 1], of: user)
            #expect(service.puts.map(\.path) == ["/internal/v1/erasures/\(user.uuidString.lowercased())/report"])
            let bodies = service.puts.map { String(decoding: $0.body, as: UTF8.self) }
            #expect(bodies == [#"{"removed":{"a":1,"messages":3}}"#])
            #expect(service.grants.map(\.form) == ["grant_type=client_credentials&scope=identity%3Aevents"])
        }
    }

    @Test func `a report that is not taken, and a page that cannot be read, fail`() async throws {
        try await service.run { [self] url in
            service.set(putStatus: .notFound)
            await #expect(throws: IssuerClient.Unreadable.self) { try await feed(url).report([:], of: UUID()) }
            for page in ["", "{}", #"{"items":[],"next":"x"}"#, #"{"items":[{"seq":1}],"next":"1"}"#] {
                service.set(page: page)
                await #expect(throws: (any Error).self) { try await feed(url).erasures(after: nil) }
            }
        }
    }
}
