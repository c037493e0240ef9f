import Foundation
import NIOHTTP1
import PlatformTesting
import Synchronization
import Testing

extension EndToEnd {
    @Suite
    struct KeyRotationTests {
        /// The next key was published when the platform began, and read by the gateway since.
        @Test func `signing keys change under load, and every token is taken by the gateway and the services`()
            async throws
        {
            let early = try await Person.signUp("early")
            let calls = Calls()
            try await withThrowingTaskGroup { group in
                for route in TokenTests.routes {
                    group.addTask { while !calls.areOver { try await calls.make(route, with: early.api) } }
                }
                group.addTask {
                    defer { calls.end() }
                    try await Platform.rotateKeys()
                    let late = try await signedAnew(early)
                    for route in TokenTests.routes {
                        for _ in 0..<20 { try await calls.make(route, with: late) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(calls.refusals == [])
            #expect(calls.count > 100)
        }

        /// The same person with a token of another key.
        private func signedAnew(_ person: Person) async throws -> API {
            let former = try keyID(of: person.tokens)
            var tokens = person.tokens
            try await until("the next key signs") {
                tokens = try await Person.refresh(tokens)
                return try keyID(of: tokens) != former
            }
            return API(token: tokens.accessToken)
        }

        /// The first part of a token: algorithm, type and `kid`.
        private func keyID(of tokens: TokensBody) throws -> Substring {
            try #require(tokens.accessToken.split(separator: ".").first)
        }
    }
}

/// Calls of many tasks, and those that were not answered with 200.
private final class Calls: Sendable {
    private struct State {
        var count = 0
        var refusals: [String] = []
        var areOver = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }
    var refusals: [String] { state.withLock { $0.refusals } }
    var areOver: Bool { state.withLock { $0.areOver } }

    func end() { state.withLock { $0.areOver = true } }

    func make(_ route: String, with api: API) async throws {
        let answer = try await api.call(.GET, route)
        state.withLock { state in
            state.count += 1
            if answer.status != 200 { state.refusals.append("\(route) \(answer.status) \(answer.problemCode ?? "")") }
        }
    }
}
