import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Synchronization
import Testing

/// People who use the platform through the gateway, over and over, until they are told that it is enough.
final class Load: Sendable {
    private struct State {
        var rounds: [String: Int] = [:]
        var failures: [String] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let running: Mutex<Task<Void, Never>?> = Mutex(nil)

    private static let activities: [String: @Sendable (Load, Person) async throws -> Void] = [
        "accounts": { try await $0.accounts($1) },
        "chat": { try await $0.chat($1) },
        "films": { try await $0.films($1) },
    ]

    /// Returns once every activity has gone well.
    static func begin() async throws -> Load {
        let load = Load()
        let person = try await Person.signUp("load")
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                for (name, activity) in Load.activities {
                    group.addTask { await load.repeating(name) { try await activity(load, person) } }
                }
            }
        }
        load.running.withLock { $0 = task }
        try await load.goesOn()
        return load
    }

    /// Each activity has begun and ended once more.
    func goesOn() async throws {
        let before = state.withLock { $0.rounds }
        try await eventually("a round of every activity, or a failure") {
            self.state.withLock { state in
                let further = Load.activities.keys.allSatisfy {
                    state.rounds[$0, default: 0] >= before[$0, default: 0] + 2
                }
                return further || !state.failures.isEmpty ? true : nil
            }
        }
    }

    /// Fails the test when any call failed on our side.
    func end() async throws {
        try await goesOn()
        state.withLock { $0.isOver = true }
        await running.withLock { $0 }?.value
        state.withLock {
            #expect($0.failures.isEmpty)
            print("load: \($0.rounds)")
        }
    }

    private func repeating(_ name: String, _ round: () async throws -> Void) async {
        while !state.withLock({ $0.isOver }) {
            do {
                try await round()
                state.withLock { $0.rounds[name, default: 0] += 1 }
            } catch {
                state.withLock { $0.failures.append("\(name): \(error)") }
                return
            }
        }
    }

    struct Unexpected: Error {
        let call: String
        let status: Int
        let code: String?
    }

    @discardableResult
    private func expect(
        _ statuses: Set<Int>, _ api: API, _ method: HTTPMethod, _ path: String, json: [String: String]? = nil
    ) async throws -> Answer {
        let answer = try await api.call(method, path, json: json)
        guard statuses.contains(answer.status) else {
            throw Unexpected(call: "\(method) \(path)", status: answer.status, code: answer.problemCode)
        }
        return answer
    }

    private func accounts(_ person: Person) async throws {
        let account = ["email": "load-\(UUID().uuidString.lowercased())@example.com", "password": Person.password]
        try await expect([201], API(), .POST, "/v1/users", json: account.merging(["display_name": "load"]) { $1 })
        let session = try await expect([201], API(), .POST, "/v1/sessions", json: account)
        let tokens = try session.decoded(as: TokensBody.self)
        let next = try await expect(
            [200], API(), .POST, "/v1/sessions/refresh", json: ["refresh_token": tokens.refreshToken])
        let api = API(token: try next.decoded(as: TokensBody.self).accessToken)
        try await expect([200], api, .GET, "/v1/me")
        try await expect([200], api, .GET, "/v1/sessions")
        try await expect([204], api, .DELETE, "/v1/sessions")
    }

    private func chat(_ person: Person) async throws {
        let room = try await expect(
            [201], person.api, .POST, "/v1/rooms", json: ["name": "load", "kind": "private"]
        ).decoded(as: RoomBody.self)
        for number in 1...5 {
            try await expect(
                [201], person.api, .POST, "/v1/rooms/\(room.id)/messages",
                json: ["client_id": UUID().uuidString, "body": "load \(number)"])
        }
        try await expect([200], person.api, .GET, "/v1/rooms/\(room.id)/messages?after_seq=2")
        try await expect([200], person.api, .GET, "/v1/rooms?member=me&limit=5")
    }

    private func films(_ person: Person) async throws {
        let upload = try await ResumableUpload.create(
            Film.beginning([UInt8](repeating: 1, count: 10_000)), by: person, visibility: "private")
        let offset = try await upload.offset()
        let answer = try await upload.patch(from: offset, .bytes(.init(bytes: upload.bytes)))
        guard answer.status == 204 else {
            throw Unexpected(call: "PATCH \(upload.address)", status: answer.status, code: answer.problemCode)
        }
        try await expect([200], person.api, .GET, "/v1/videos?owner=\(person.tokens.userId)&limit=5")
    }
}
