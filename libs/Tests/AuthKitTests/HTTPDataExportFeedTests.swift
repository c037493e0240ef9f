import Foundation
import HTTPTypes
import IdentityEvents
import Testing

@testable import AuthKit

@Suite struct HTTPDataExportFeedTests {
    static let (export, user) = (UUID(), UUID())

    let service = TestUserService()

    func feed(_ url: String) throws -> HTTPDataExportFeed {
        try HTTPDataExportFeed(url: url, clientID: "chat-service", secret: "s", timeout: .seconds(60))
    }

    @Test func `exports are read with a token that may read of accounts`() async throws {
        try await service.run { [self] url in
            service.set(
                page: """
                    {"items":[
                    {"id":"\(Self.export.uuidString)","user_id":"\(Self.user.uuidString)","next":0,"place":null},
                    {"id":"\(Self.user.uuidString)","user_id":"\(Self.export.uuidString)","next":7,"place":"a b","x":1}]}
                    """)
            let tasks = try await feed(url).exports()
            #expect(
                tasks == [
                    ExportTask(id: Self.export, userID: Self.user, next: 0, place: nil),
                    ExportTask(id: Self.user, userID: Self.export, next: 7, place: "a b"),
                ])
            #expect(service.grants.map(\.form) == ["grant_type=client_credentials&scope=users%3Aread"])
        }
    }

    @Test func `a piece is given under its number, and the last one without a place`() async throws {
        try await service.run { [self] url in
            let feed = try feed(url)
            let content = Data(repeating: 0x20, count: ExportPiece.largest)
            try await feed.give(
                ExportPiece(kind: "messages", content: content, place: "a b&c=花"), number: 3, to: Self.export)
            let last = ExportPiece(kind: "rooms", content: Data("[]".utf8), place: nil)
            try await feed.give(last, number: 4, to: Self.export)
            let path = "/internal/v1/data-exports/\(Self.export.uuidString.lowercased())/pieces"
            #expect(
                service.puts.map(\.path) == [
                    path + "/3?kind=messages&place=a+b%26c%3D%E8%8A%B1", path + "/4?kind=rooms",
                ])
            #expect(service.puts.map(\.body) == [content, Data("[]".utf8)])
        }
    }

    @Test func `a piece that is not taken, and a list that cannot be read, fail`() async throws {
        try await service.run { [self] url in
            service.set(putStatus: .notFound)
            let piece = ExportPiece(kind: "rooms", content: Data("[]".utf8), place: nil)
            await #expect(throws: IssuerClient.Unreadable.self) {
                try await feed(url).give(piece, number: 0, to: Self.export)
            }
            for page in ["", "{}", #"{"items":[{"id":"x"}]}"#, #"{"items":[{"next":9223372036854775808}]}"#] {
                service.set(page: page)
                await #expect(throws: (any Error).self) { try await feed(url).exports() }
            }
        }
    }
}
