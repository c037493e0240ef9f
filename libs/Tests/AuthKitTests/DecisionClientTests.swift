import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Synchronization
import Testing

@testable import AuthKit

/// Nanoseconds that stand until they are moved.
private final class Stopwatch: Sendable {
    private let time = Atomic<UInt64>(1_000_000_000)
    var now: UInt64 { time.load(ordering: .acquiring) }

    func advance(_ seconds: Double) {
        time.add(UInt64((seconds * 1e9).rounded()), ordering: .releasing)
    }
}

private final class Tally: Sendable {
    private let state = Atomic(0)
    var count: Int { state.load(ordering: .acquiring) }

    func add() {
        state.add(1, ordering: .releasing)
    }
}

@Suite struct DecisionClientTests {
    private static let subject = UUID()

    private let service = TestUserService()
    private let revocations = RevocationTable.current()
    private let watch = Stopwatch()

    private func client(_ url: String, _ revocations: RevocationTable? = nil) throws -> DecisionClient {
        try DecisionClient(
            url: url, tokens: ServiceTokenSource(url: url, clientID: "a", secret: "s", timeout: .seconds(60)),
            revocations: revocations ?? self.revocations, timeout: .seconds(60), clock: { [watch] in watch.now })
    }

    private func question(_ id: String? = nil, by subject: UUID = subject) -> DecisionQuestion {
        DecisionQuestion(subject: subject, action: "video.upload", type: "video", id: id)
    }

    private func tell(_ kind: IdentityEvent.Kind = .banned, of user: UUID) {
        revocations.apply(IdentityEvent(seq: 1, tag: "a", kind: kind, userID: user, epoch: 1, at: Date()))
    }

    private func answer(_ allow: Bool, ttl: String) -> String {
        #"{"allow":\#(allow),"reason":"a","rule":"r","obligations":["o"],"ttl":\#(ttl),"policy_version":"1","more":1}"#
    }

    @Test func `a question is asked as user-service takes it, and the answer read`() async throws {
        try await service.run { [self] url in
            service.set(decision: answer(false, ttl: "30"))
            let question = DecisionQuestion(
                subject: Self.subject, action: "room.join", type: "room", id: "7",
                attributes: ["kind": .text("a\"b"), "role": .nothing, "invited": .flag(false)])
            let decision = try await client(url + "/").decision(on: question)
            #expect(
                decision
                    == Decision(isAllowed: false, rule: "r", reason: "a", obligations: ["o"], policyVersion: "1"))
            let id = Self.subject.uuidString.lowercased()
            let attributes = #"{"invited":false,"kind":"a\"b","role":null}"#
            #expect(
                service.questions.map { String(decoding: $0, as: UTF8.self) } == [
                    #"{"requests":[{"subject":"\#(id)","action":"room.join","resource":{"type":"room","id":"7","#
                        + #""attributes":\#(attributes)}}]}"#
                ])
        }
    }

    @Test(arguments: [("30", 30.0), ("1", 1), ("9223372036854775807", 300)])
    func `an answer is kept as long as it says`(ttl: String, seconds: Double) async throws {
        try await service.run { [self] url in
            let client = try client(url)
            #expect(client.remembered(question()) == nil)
            service.set(decision: answer(true, ttl: ttl))
            #expect(try await client.decision(on: question()).isAllowed)
            service.set(decision: answer(false, ttl: ttl))
            // A renewal that waits for its answer is not one that came.
            service.holdAnswers(true)
            watch.advance(seconds - 0.001)
            #expect(client.remembered(question())?.isAllowed == true)
            #expect(try await client.decision(on: question()).isAllowed)
            #expect(service.questionCounts == [1])
            watch.advance(0.001)
            #expect(client.remembered(question()) == nil)
            service.holdAnswers(false)
            #expect(try await !client.decision(on: question()).isAllowed)
            #expect(service.questionCounts == [1, 1])
        }
    }

    @Test func `who keeps asking has the answer renewed in the last third of its time, and never waits`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.set(decision: answer(true, ttl: "30"))
            _ = try await client.decision(on: question())
            service.set(decision: answer(false, ttl: "30"))
            watch.advance(19.999)
            #expect(client.remembered(question())?.isAllowed == true)
            #expect(service.questionCounts == [1])
            watch.advance(0.001)
            service.holdAnswers(true)
            for _ in 0..<20 { #expect(client.remembered(question())?.isAllowed == true) }
            service.holdAnswers(false)
            try await until("the new answer is there") { client.remembered(question())?.isAllowed == false }
            #expect(service.questionCounts == [1, 1])
            watch.advance(29.999)
            #expect(client.remembered(question())?.isAllowed == false, "it counts from when it was asked for")
        }
    }

    @Test func `an answer that cannot be renewed counts to its end, and is tried again once a second`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            _ = try await client.decision(on: question())
            service.set(decisionStatus: .serviceUnavailable)
            watch.advance(20)
            var asked = 1
            for _ in 0..<3 {
                #expect(client.remembered(question())?.isAllowed == true)
                asked += 1
                try await until("it was tried") { client.questionsUnderWay == 0 }
                for _ in 0..<20 { #expect(client.remembered(question())?.isAllowed == true) }
                #expect(client.questionsUnderWay == 0 && service.questionCounts.count == asked)
                watch.advance(1)
            }
            watch.advance(7)
            #expect(client.remembered(question()) == nil)
        }
    }

    @Test func `with a client's name and secret it gets tokens for itself, for decisions alone`() async throws {
        try await service.run { [self] url in
            let client = try DecisionClient(
                url: url, clientID: "video-service", secret: "s", revocations: revocations)
            #expect(try await client.decision(on: question()).isAllowed)
            #expect(service.grants.map(\.form) == ["grant_type=client_credentials&scope=authz%3Adecide"])
        }
    }

    @Test(arguments: ["0", "-1", "-9223372036854775808"])
    func `an answer that is not to be kept is asked for each time`(ttl: String) async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.set(decision: answer(true, ttl: ttl))
            for _ in 0..<3 { _ = try await client.decision(on: question()) }
            #expect(service.questionCounts == [1, 1, 1])
        }
    }

    @Test(arguments: [IdentityEvent.Kind.banned, .banLifted, .membershipChanged, .init(rawValue: "of_a_later_version")])
    func `what is told of an account voids its answers and no other's`(kind: IdentityEvent.Kind) async throws {
        try await service.run { [self] url in
            let (client, other) = (try client(url), UUID())
            for subject in [Self.subject, other] { _ = try await client.decision(on: question(by: subject)) }
            tell(kind, of: Self.subject)
            service.set(decision: answer(false, ttl: "30"))
            #expect(try await !client.decision(on: question()).isAllowed)
            #expect(try await client.decision(on: question(by: other)).isAllowed)
        }
    }

    @Test func `equal questions at the same moment are one`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            let asking = (0..<20).map { _ in Task { try await client.decision(on: question()) } }
            try await until("all wait") { client.waiterCount == 20 }
            service.holdAnswers(false)
            for task in asking { #expect(try await task.value.isAllowed) }
            #expect(service.questionCounts == [1])
        }
    }

    @Test func `what is asked while calls are under way goes together`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            let asking = (0..<250).map { id in Task { try await client.decision(on: question("\(id)")) } }
            try await until("all wait") { client.waiterCount == 250 }
            service.holdAnswers(false)
            for task in asking { #expect(try await task.value.isAllowed) }
            #expect(service.questionCounts.reduce(0, +) == 250)
            #expect(service.questionCounts.count <= 5 && service.questionCounts.allSatisfy { $0 <= 100 })
        }
    }

    @Test func `what nobody waits for yet goes together, and is known when somebody wants it`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            for id in 0..<50 { client.askAhead(question("\(id)")) }
            try await until("all are known") { (0..<50).allSatisfy { client.remembered(question("\($0)")) != nil } }
            for id in 0..<50 { client.askAhead(question("\(id)")) }
            #expect(client.questionsUnderWay == 0)
            #expect(service.questionCounts == [50])
        }
    }

    @Test func `who waits takes along what has gathered, and is not kept waiting for more`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            for id in 0..<20 { client.askAhead(question("\(id)")) }
            let other = Task { try await client.decision(on: question()) }
            try await until("one waits") { client.waiterCount == 1 }
            let same = Task { try await client.decision(on: question("7")) }
            try await until("two wait") { client.waiterCount == 2 }
            service.holdAnswers(false)
            _ = try await (other.value, same.value)
            #expect(service.questionCounts == [21])
        }
    }

    @Test func `what is asked ahead leaves room for those who wait`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            for id in 0..<3_000 { client.askAhead(question("\(id)")) }
            #expect(client.questionsUnderWay <= 600)
            let asking = Task { try await client.decision(on: question()) }
            try await until("one waits") { client.waiterCount == 1 }
            service.holdAnswers(false)
            #expect(try await asking.value.isAllowed)
        }
    }

    @Test func `an answer from before an event is neither kept nor given to who asks after it`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            let before = Task { try await client.decision(on: question()) }
            try await until("one waits") { client.waiterCount == 1 }
            tell(of: Self.subject)
            let after = Task { try await client.decision(on: question()) }
            try await until("both wait") { client.waiterCount == 2 }
            service.holdAnswers(false)
            _ = try await (before.value, after.value)
            #expect(service.questionCounts.reduce(0, +) == 2)
            _ = try await client.decision(on: question())
            #expect(service.questionCounts.reduce(0, +) == 2, "what was asked for after it is kept")
        }
    }

    @Test func `while nobody knows what was told nothing kept counts`() async throws {
        try await service.run { [self] url in
            let client = try client(url, RevocationTable())
            for _ in 0..<2 { #expect(try await client.decision(on: question()).isAllowed) }
            #expect(service.questionCounts == [1, 1])
        }
    }

    @Test func `no answer is a failure, and is not kept`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            func fails() async throws {
                let failure = await #expect(throws: Failure.self) { try await client.decision(on: question()) }
                #expect(failure?.kind == .unavailable)
            }
            for status in [HTTPResponse.Status.forbidden, .badRequest, .internalServerError, .serviceUnavailable] {
                service.set(decisionStatus: status)
                try await fails()
            }
            service.set(decisionStatus: .ok)
            let one = answer(true, ttl: "1")
            for answers in [
                "", "{}", "[]", #"{"decisions":[]}"#, #"{"decisions":[\#(one),\#(one)]}"#, #"{"decisions":[7]}"#,
                #"{"decisions":[\#(answer(true, ttl: "1e99"))]}"#, #"{"decisions":[{"allow":true}]}"#,
            ] {
                service.set(decisions: answers)
                try await fails()
            }
            service.set(decisions: nil)
            #expect(try await client.decision(on: question()).isAllowed)
        }
        let nowhere = try client("http://127.0.0.1:1")
        await #expect(throws: Failure.self) { try await nowhere.decision(on: question()) }
    }

    @Test func `of too many who wait the last are told so at once`() async throws {
        try await service.run { [self] url in
            let client = try client(url)
            service.holdAnswers(true)
            let most = DecisionBook.mostWaiting + DecisionBook.mostLanes * DecisionBook.mostAtOnce
            let refused = Tally()
            try await withThrowingTaskGroup { group in
                for id in 0..<(most + 50) {
                    group.addTask {
                        do throws(Failure) {
                            _ = try await client.decision(on: question("\(id)"))
                        } catch {
                            #expect(error.kind == .unavailable)
                            refused.add()
                        }
                    }
                }
                try await until("some are refused") { refused.count >= 50 }
                service.holdAnswers(false)
                try await group.waitForAll()
            }
            let answered = service.questionCounts.reduce(0, +)
            #expect(answered + refused.count == most + 50)
            #expect(answered <= most && answered >= DecisionBook.mostWaiting)
        }
    }
}
