import DomainKit

/// Says what accounts may do, by the policy and by what is so of them now.
public struct Decide: Sendable {
    /// Questions answered at once.
    public static let mostQuestions = 100

    private let subjects: any DecisionSubjects
    private let policy: PolicySet

    public init(subjects: any DecisionSubjects, policy: PolicySet = .platform) {
        self.subjects = subjects
        self.policy = policy
    }

    /// The answers, in the order of the questions, all for the same moment.
    ///
    /// A question that cannot be answered, as it speaks of what there is not, is answered with no. Fails: unavailable.
    public func callAsFunction(_ questions: [AccessQuestion]) async throws -> [AccessDecision] {
        let known = try await known(questions)
        return questions.map { policy.decision(on: $0, known) }
    }

    /// The answer to one question with every rule that was tried for it. Fails: unavailable.
    public func explain(_ question: AccessQuestion) async throws -> AccessExplanation {
        policy.explanation(of: question, try await known([question]))
    }

    private func known(_ questions: [AccessQuestion]) async throws -> [UserID: DecisionSubject] {
        let ids = Set(questions.flatMap { [$0.subjectID, $0.accountID] }.compactMap { $0 })
        return ids.isEmpty ? [:] : try await subjects.subjects(ids)
    }
}
