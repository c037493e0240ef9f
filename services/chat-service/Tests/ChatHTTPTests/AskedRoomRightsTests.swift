import AuthKit
import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import Logging
import PlatformTesting
import Testing

@testable import ChatServer

/// What user-service answers, as this service understands it.
@Suite struct AskedRoomRightsTests {
    let user = UserID(UUID())
    let revocations = RevocationTable.current()

    func rights(_ url: String) throws -> AskedRoomRights {
        let tokens = try ServiceTokenSource(url: url, clientID: "chat-service", secret: "s", scope: "authz:decide")
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return AskedRoomRights(
            decisions: try DecisionClient(url: url, tokens: tokens, revocations: revocations), logger: quiet)
    }

    func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Failure)?.code ?? "\(error)"
        }
    }

    @Test func `the questions are those the policy answers, and name no room`() async throws {
        let service = DecidingUserService()
        try await service.run { url in
            let rights = try rights(url)
            try await rights.requireSpeaking(user)
            service.answers("room.join.public", allow: true)
            try await rights.requireJoining(user, .open)
            try await rights.requireJoining(user, .invitation)
            let resources = service.asked.map { $0["resource"] }
            #expect(service.asked.allSatisfy { $0["subject"]?.string == user.description })
            #expect(service.asked.map { $0["action"]?.string } == ["room.speak", "room.join", "room.join"])
            #expect(resources.allSatisfy { $0?["type"]?.string == "room" && $0?["id"] == nil })
            #expect(resources[0]?["attributes"]?["role"]?.string == "member")
            #expect(resources[1]?["attributes"]?["kind"]?.string == "public")
            #expect(resources[2]?["attributes"]?["invited"] == .bool(true))
        }
    }

    @Test(arguments: ["slow-mode", "newcomer-limits"])
    func `what a speaker is obliged to and this service sees to is no hindrance`(_ obligation: String) async throws {
        let service = DecidingUserService()
        try await service.run { url in
            service.answers("room.speak.members", allow: true, obligations: [obligation])
            #expect(await code { try await rights(url).requireSpeaking(user) } == nil)
        }
    }

    @Test(
        arguments: [
            ("account.banned", false, [], "user.banned"), ("room.speak.members-only", false, [], nil),
            ("default", false, [], nil), ("a.rule.of.a.later.version", false, ["slow-mode"], nil),
            ("room.speak.members", true, ["slow-mode", "watch-an-advertisement"], nil),
        ] as [(String, Bool, [String], String?)])
    func `no is no by every rule, those of later versions too, and so is an obligation nobody knows`(
        _ rule: String, _ allow: Bool, _ obligations: [String], _ code: String?
    ) async throws {
        let service = DecidingUserService()
        service.answers(rule, allow: allow, obligations: obligations)
        let told = try await service.run { url in try await outcomes(try rights(url)) }
        let (speech, joining) = (code ?? "chat.speech-not-allowed", code ?? "chat.join-not-allowed")
        #expect(told == [speech, speech, joining, joining])
    }

    /// What one is told who speaks, who does it again, who joins, and who is invited.
    private func outcomes(_ rights: AskedRoomRights) async throws -> [String?] {
        [
            await code { try await rights.requireSpeaking(user) },
            await code { try rights.speakingAsKnown(user)?.get() },
            await code { try await rights.requireJoining(user, .open) },
            await code { try await rights.requireJoining(user, .invitation) },
        ]
    }

    @Test func `without an answer nothing is known and nothing allowed`() async throws {
        let service = DecidingUserService()
        try await service.run { url in
            let rights = try rights(url)
            service.setAway(true)
            #expect(rights.speakingAsKnown(user) == nil)
            #expect(await code { try await rights.requireSpeaking(user) } == "platform.unavailable")
            #expect(rights.speakingAsKnown(user) == nil)
            service.setAway(false)
            #expect(await code { try await rights.requireSpeaking(user) } == nil)
            #expect((try? rights.speakingAsKnown(user)?.get()) != nil)
            revocations.apply(
                IdentityEvent(
                    seq: 1, tag: "t", kind: .membershipChanged, userID: user.uuid, sessionID: nil, epoch: 1, at: Date())
            )
            #expect(rights.speakingAsKnown(user) == nil, "what was told of the account takes the answer away")
        }
    }
}
