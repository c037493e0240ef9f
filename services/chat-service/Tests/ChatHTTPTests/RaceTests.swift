import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// Calls that meet: each gets the answer of some order of them, never one that was guessed.
@Suite struct RaceTests {
    @Test func `joining while leaving never says that the room is not there`() async throws {
        try await TestReplica.withReplica { replica in
            let (owner, guest) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            let path = "/v1/rooms/\(room)/members/me"
            let joins = try await race(
                150, { try await guest.call("PUT", path) }, { try await guest.call("DELETE", path) })
            #expect(joins.0.allSatisfy { $0 == 200 || $0 == 201 }, "\(joins.0.filter { $0 > 201 })")
            #expect(joins.1.allSatisfy { $0 == 204 }, "\(joins.1.filter { $0 != 204 })")
            try await expectCounted(owner, room)
        }
    }

    @Test func `inviting while kicking, with two roles, ends in what was asked last`() async throws {
        try await TestReplica.withReplica { replica in
            let (owner, guest) = (try TestClient(replica), UUID())
            let room = try await owner.makeRoom(kind: "private")
            let path = "/v1/rooms/\(room)/members/\(guest)"
            let roles = ["member", "moderator"]
            let answers = try await race(
                100,
                {
                    let role = roles[Int.random(in: 0...1)]
                    let answer = try await owner.call("PUT", path, #"{"role":"\#(role)"}"#)
                    #expect(answer.json["role"]?.string == role, "what was asked for is what was answered")
                    return answer
                }, { try await owner.call("DELETE", path) })
            #expect(answers.0.allSatisfy { $0 == 200 || $0 == 201 }, "\(answers.0.filter { $0 > 201 })")
            #expect(answers.1.allSatisfy { $0 == 204 || $0 == 404 })
            try await expectCounted(owner, room)
        }
    }

    @Test func `joining while the room ends leaves nobody in it`() async throws {
        try await TestReplica.withReplica { replica in
            for _ in 0..<10 {
                let owner = try TestClient(replica)
                let room = try await owner.makeRoom()
                async let joined = race(
                    20, { try await TestClient(replica).call("PUT", "/v1/rooms/\(room)/members/me") },
                    { try await TestClient(replica).call("PUT", "/v1/rooms/\(room)/members/me") })
                let gone = try await owner.call("DELETE", "/v1/rooms/\(room)", headers: ["If-Match": "*"])
                #expect(gone.status == 204)
                let answers = try await joined
                #expect((answers.0 + answers.1).allSatisfy { $0 == 201 || $0 == 404 })
                #expect(try await owner.call("GET", "/v1/rooms/\(room)/members").status == 404)
            }
        }
    }

    @Test func `with any tag, settings changed at the same time all change`() async throws {
        try await TestReplica.withReplica { replica in
            let owner = try TestClient(replica)
            let room = try await owner.makeRoom()
            let any = ["If-Match": "*"]
            let answers = try await race(
                20, { try await owner.call("PATCH", "/v1/rooms/\(room)", #"{"name":"\#(UUID())"}"#, headers: any) },
                { try await owner.call("PATCH", "/v1/rooms/\(room)", #"{"kind":"private"}"#, headers: any) })
            #expect((answers.0 + answers.1).allSatisfy { $0 == 200 }, "\(answers)")
        }
    }

    /// Both calls so many times at once; the statuses.
    private func race(
        _ count: Int, _ one: @escaping @Sendable () async throws -> TestAnswer,
        _ other: @escaping @Sendable () async throws -> TestAnswer
    ) async throws -> ([Int], [Int]) {
        try await withThrowingTaskGroup(of: (Bool, Int).self) { group in
            for _ in 0..<count {
                group.addTask { (true, try await one().status) }
                group.addTask { (false, try await other().status) }
            }
            return try await group.reduce(into: ([], [])) { statuses, next in
                if next.0 { statuses.0.append(next.1) } else { statuses.1.append(next.1) }
            }
        }
    }

    private func expectCounted(_ owner: TestClient, _ room: String) async throws {
        let count = try await owner.call("GET", "/v1/rooms/\(room)").json["member_count"]?.integer
        let members = try await owner.call("GET", "/v1/rooms/\(room)/members").json["items"]?.array.count
        #expect(count == members)
    }
}
