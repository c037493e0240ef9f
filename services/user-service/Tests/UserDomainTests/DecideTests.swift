import DomainKit
import Foundation
import PlatformTesting
import Synchronization
import Testing
import UserDomain
import UserTestKit

/// Tells what was asked for.
private final class HeardSubjects: DecisionSubjects {
    private let store: InMemoryAccounts
    private let heard = Mutex<[Set<UserID>]>([])
    var asked: [Set<UserID>] { heard.withLock { $0 } }

    init(_ store: InMemoryAccounts) {
        self.store = store
    }

    func subjects(_ ids: Set<UserID>) async throws -> [UserID: DecisionSubject] {
        heard.withLock { $0.append(ids) }
        return try await store.subjects(ids)
    }
}

@Suite struct DecideTests {
    private let house = TestHouse()

    private func question(
        _ action: String, by subject: String, type: String? = nil, id: String? = nil,
        _ attributes: [ResourceAttribute: AttributeValue] = [:]
    ) -> AccessQuestion {
        AccessQuestion(
            subject: subject, action: action, type: type ?? String(action.prefix { $0 != "." }), id: id,
            attributes: attributes)
    }

    @Test func `all accounts of a call are looked at together, and answers come in order`() async throws {
        let (one, two) = (try await house.signUp(), try await house.signUp())
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: two.id)
        let subjects = HeardSubjects(house.accounts)
        let nobody = UserID(UUID())
        let answers = try await Decide(subjects: subjects)([
            question("video.upload", by: one.id.description), question("video.upload", by: two.id.description),
            question("user.read", by: one.id.description, id: two.id.description),
            question("room.create", by: nobody.description), question("room.create", by: one.id.uuid.uuidString),
        ])
        #expect(
            answers.map(\.rule) == [
                "video.upload.account", "account.banned", "user.read.public", "unknown-subject", "room.create.account",
            ])
        #expect(subjects.asked == [[one.id, two.id, nobody]])
    }

    @Test func `nobody is looked for where nobody is named`() async throws {
        let subjects = HeardSubjects(house.accounts)
        let decide = Decide(subjects: subjects)
        #expect(try await decide([]).isEmpty)
        #expect(try await decide([question("video.upload", by: "me")]).map(\.rule) == ["unknown-subject"])
        #expect(subjects.asked == [])
    }

    @Test func `accounts are read and looked after as their rules say`() async throws {
        let (user, other) = (try await house.signUp(), try await house.signUp())
        let admin = try await house.signUp()
        let known = try #require(try await house.accounts.credentials(of: admin.id))
        _ = try await house.accounts.appointAdmin(known, newHash: nil, at: house.clock.now)
        let (me, root) = (user.id.description, admin.id.description)
        let answers = try await Decide(subjects: house.accounts)([
            question("user.read", by: me, id: me), question("user.read", by: me, id: other.id.description),
            question("user.read", by: root, id: me), question("user.administer", by: me, id: me),
            question("user.administer", by: root, id: me), question("user.read", by: me, id: UUID().uuidString),
            question("user.read", by: me, id: "x"), question("user.read", by: me),
        ])
        #expect(
            answers.map(\.rule) == [
                "user.read.self", "user.read.public", "user.read.admins", "default", "user.administer.admins",
                "unknown-resource", "unknown-resource", "missing-attribute",
            ])
        #expect(answers.map(\.isAllowed) == [true, true, true, false, true, false, false, false])
        #expect(answers[1].obligations == [.publicProfile] && answers[4].obligations == [.audit])
    }

    @Test func `what there is not gets a no that says so`() async throws {
        let me = try await house.signUp().id.description
        let faults: [(AccessQuestion, String)] = [
            (question("", by: me), "unknown-action"), (question("video.paint", by: me), "unknown-action"),
            (question("Video.Upload", by: me), "unknown-action"),
            (question("video.upload", by: me, type: "room"), "unknown-type"),
            (question("video.upload", by: me, type: ""), "unknown-type"),
            (question("video.upload", by: ""), "unknown-subject"),
            (question("video.upload", by: UUID().uuidString), "unknown-subject"),
            (question("video.upload", by: me + "\u{0}"), "unknown-subject"),
        ]
        let decide = Decide(subjects: house.accounts)
        for (question, rule) in faults {
            let explanation = try await decide.explain(question)
            let decision = explanation.decision
            #expect(!decision.isAllowed && decision.rule == rule && decision.obligations.isEmpty)
            #expect(explanation.rules.map(\.name) == [rule] && explanation.rules.map(\.applies) == [true])
            #expect(try await decide([question]) == [decision])
        }
    }

    @Test func `without what an action needs the answer is no`() async throws {
        let me = try await house.signUp().id.description
        let all: [ResourceAttribute: AttributeValue] = [
            .owner: .text(me), .visibility: .text("public"), .state: .text("ready"), .kind: .text("public"),
            .role: .text("owner"),
        ]
        let needs: [(String, [ResourceAttribute])] = [
            ("video.watch", [.owner, .visibility, .state]), ("video.finish", [.owner, .state]),
            ("video.edit", [.owner, .state]), ("video.delete", [.owner]), ("room.join", [.kind]),
            ("room.speak", [.role]), ("room.moderate", [.role]),
        ]
        let decide = Decide(subjects: house.accounts)
        for (action, attributes) in needs {
            for attribute in attributes {
                for wrong in [nil, AttributeValue.flag(true), .nothing, .text("x")] {
                    // No value of these texts has a wrong form, and a role may be none.
                    if attribute != .owner, wrong == .text("x") { continue }
                    if attribute == .role, wrong == .nothing { continue }
                    var attributes = all
                    attributes[attribute] = wrong
                    let answer = try await decide([question(action, by: me, attributes)])[0]
                    #expect(!answer.isAllowed && answer.rule == "missing-attribute", "\(action) \(attribute)")
                    #expect(answer.reason.contains(attribute.rawValue))
                }
            }
        }
    }

    @Test func `a store that is away is no answer`() async throws {
        let user = try await house.signUp()
        house.accounts.setOutage(.unavailable("postgres"))
        let failure = await #expect(throws: Failure.self) {
            try await Decide(subjects: house.accounts)([question("video.upload", by: user.id.description)])
        }
        #expect(failure?.kind == .unavailable)
    }
}
