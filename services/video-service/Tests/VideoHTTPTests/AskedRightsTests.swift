import AuthKit
import DomainKit
import Foundation
import Logging
import Synchronization
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoServer

/// Answers every question alike, and keeps what was asked.
private final class Answers: Sendable {
    private let questions = Mutex<[DecisionQuestion]>([])
    private let answer: Result<Decision, Failure>
    var asked: [DecisionQuestion] { questions.withLock { $0 } }

    init(_ answer: Result<Decision, Failure>) {
        self.answer = answer
    }

    convenience init(_ isAllowed: Bool, by rule: String = "any", _ obligations: Set<String> = []) {
        self.init(
            .success(
                Decision(isAllowed: isAllowed, rule: rule, reason: "", obligations: obligations, policyVersion: "1")))
    }

    var rights: AskedRights {
        AskedRights(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { question throws(Failure) in
            self.questions.withLock { $0.append(question) }
            return try self.answer.get()
        }
    }
}

@Suite("What user-service says that accounts may do")
struct AskedRightsTests {
    private let owner = Sample.user()
    private let viewer = Sample.user()

    private func pair(_ visibility: Visibility = .public) throws -> (video: Video, upload: Upload) {
        var pair = Sample.pair(of: owner, details: try Sample.details("A video", visibility), at: Date())
        pair.video.state = .ready
        return pair
    }

    /// The code each of the three acts fails with; nil where it is allowed.
    private func codes(_ answers: Answers) async throws -> [String?] {
        let (rights, pair) = (answers.rights, try pair())
        func code(_ act: () async throws(Failure) -> Void) async -> String? {
            do throws(Failure) {
                try await act()
                return nil
            } catch {
                return error.code
            }
        }
        return [
            await code { () async throws(Failure) in try await rights.mayUpload(owner) },
            await code { () async throws(Failure) in try await rights.mayFinish(pair.upload) },
            await code { () async throws(Failure) in try await rights.mayWatch(pair.video, viewer, as: .itself) },
        ]
    }

    @Test func `questions say what rules look at, and name no video`() async throws {
        let answers = Answers(true)
        #expect(try await codes(answers) == [nil, nil, nil])
        let me: DecisionQuestion.Attribute = .text(owner.description)
        #expect(
            answers.asked == [
                DecisionQuestion(subject: owner.uuid, action: "video.upload", type: "video"),
                DecisionQuestion(
                    subject: owner.uuid, action: "video.finish", type: "video",
                    attributes: ["owner_id": me, "state": .text("uploading")]),
                DecisionQuestion(
                    subject: viewer.uuid, action: "video.watch", type: "video",
                    attributes: ["owner_id": me, "state": .text("ready"), "visibility": .text("public")]),
            ])
    }

    @Test func `whoever a video is shared with is said to be one of them`() async throws {
        let answers = Answers(true)
        try await answers.rights.mayWatch(try pair(.private).video, viewer, as: .share)
        #expect(
            answers.asked.map(\.attributes) == [
                [
                    "owner_id": .text(owner.description), "state": .text("ready"), "visibility": .text("private"),
                    "shared": .flag(true),
                ]
            ])
    }

    @Test(arguments: [
        ("account.banned", "user.banned"), ("video.watch.membership-required", "video.membership-required"),
        ("video.watch.private", "video.not-found"), ("video.taken-down", "video.not-found"),
        ("video.watch.not-ready", "video.not-ready"), ("video.not-yours", "video.not-yours"),
        ("default", "video.not-allowed"), ("unknown-subject", "video.not-allowed"),
        ("missing-attribute", "video.not-allowed"), ("of.a.later.version", "video.not-allowed"),
        ("", "video.not-allowed"),
    ])
    func `a refusal is told by its rule`(rule: String, code: String) async throws {
        #expect(try await codes(Answers(false, by: rule)) == [code, code, code])
    }

    @Test(arguments: [
        (["newcomer-limits"], true), (["audit"], true), (["audit", "newcomer-limits"], true), (["slow-mode"], false),
        (["audit", "of-a-later-version"], false), ([""], false),
    ])
    func `what is allowed on a condition that nobody here sees to is not allowed`(
        obligations: [String], isAllowed: Bool
    ) async throws {
        let code = isAllowed ? nil : "video.not-allowed"
        #expect(try await codes(Answers(true, by: "video.upload.account", Set(obligations))) == [code, code, code])
    }

    @Test func `no answer is no permission`() async throws {
        let code = "platform.unavailable"
        #expect(try await codes(Answers(.failure(.unavailable("decisions")))) == [code, code, code])
    }
}
