import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// Many bans at once, as after an attack: `BANS` says how many; `make ban-flood` takes 10,000.
    @Suite
    struct BanFloodTests {
        static let bans = Int(ProcessInfo.processInfo.environment["BANS"] ?? "") ?? 300

        @Test(.timeLimit(.minutes(30)))
        func `a flood of bans takes effect as it comes, and leaves no backlog behind it`() async throws {
            let admin = try await Admin.signIn()
            let film = try await ResumableUpload.create(Film.short, by: admin.person, visibility: "public").finish()
            let room = try await admin.person.createRoom()
            let accounts = try await inParallel(0..<Self.bans) { try await Account.open($0) }
            var people: [BanTarget] = []
            for number in 0..<11 { people.append(try await BanTarget.arrive(number, in: room, watching: film)) }

            let last = people.removeLast()
            // Made just now: the accounts took their time, and a token lives for minutes.
            let judge = try await Admin.signIn()
            let versions = try await inParallel(accounts) { try await $0.version(for: judge) }
            let begun = ContinuousClock.now
            async let flood: [Void] = inParallel(zip(accounts, versions)) { try await $0.ban($1, by: judge) }
            var beside: [Effect] = []
            for person in people { beside.append(try await person.ban(by: judge)) }
            _ = try await flood
            let took = ContinuousClock.now - begun
            let after = try await last.ban(by: judge)
            print(
                "\(Self.bans) bans in \(took): to the last effect beside them \(beside.figures), after them \([after].figures)"
            )
            #expect((beside + [after]).allSatisfy { $0.delay < .seconds(5) })
        }
    }
}

/// An account that nobody signs in to.
private struct Account: Decodable, Sendable {
    let id: String

    static func open(_ number: Int) async throws -> Account {
        let answer = try await API().insist(
            .POST, "/v1/users",
            json: [
                "email": "flood-\(number)-\(UUID().uuidString.lowercased())@example.com", "password": Person.password,
                "display_name": "Flood \(number)",
            ])
        try #require(answer.status == 201)
        return try answer.decoded()
    }

    func version(for admin: Admin) async throws -> String {
        let answer = try await admin.person.api.insist(.GET, "/v1/admin/users/\(id)")
        return try #require(answer.headers.first(name: "ETag"))
    }

    func ban(_ version: String, by admin: Admin) async throws {
        let answer = try await admin.person.api.call(
            .PUT, "/v1/admin/users/\(id)/ban", json: ["reason": "flood"], headers: [("If-Match", version)])
        try #require(answer.status == 200, "\(answer.status)")
    }
}

/// Sixteen at a time, in any order; the results are in that of the items.
private func inParallel<Items: Sequence, Result: Sendable>(
    _ items: Items, _ work: @escaping @Sendable (Items.Element) async throws -> Result
) async throws -> [Result] where Items.Element: Sendable {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [Int: Result] = [:]
        for (number, item) in items.enumerated() {
            if number >= 16, let (place, result) = try await group.next() { results[place] = result }
            group.addTask { (number, try await work(item)) }
        }
        for try await (place, result) in group { results[place] = result }
        return results.sorted { $0.key < $1.key }.map(\.value)
    }
}
