import DomainKit

/// A question that the rules can answer: all it speaks of is there.
struct AccessCase {
    let action: PolicyAction
    let question: AccessQuestion
    let subject: DecisionSubject

    /// - Parameter known: the accounts that are there, of those the question names.
    init(_ question: AccessQuestion, _ known: [UserID: DecisionSubject]) throws(QuestionFault) {
        guard let action = PolicyAction(rawValue: question.action) else { throw .unknownAction }
        guard question.type == action.resourceType else { throw .unknownType }
        guard let id = question.subjectID, let subject = known[id] else { throw .unknownSubject }
        for attribute in action.needs where !question.has(attribute) { throw .missing(attribute.rawValue) }
        if action.isDoneToAccount {
            guard question.id != nil else { throw .missing("id") }
            guard let id = question.accountID, known[id] != nil else { throw .unknownResource }
        }
        (self.action, self.question, self.subject) = (action, question, subject)
    }
}

/// Why the rules cannot answer a question. The answer is no then, and this is its rule.
struct QuestionFault: Error {
    let rule: String
    let reason: String
    var keptFor = PolicyRule.usuallyKeptFor

    static let unknownAction = QuestionFault(rule: "unknown-action", reason: "There is no such action.")
    static let unknownType = QuestionFault(
        rule: "unknown-type", reason: "The action is not done to things of this type.")
    static let unknownSubject = QuestionFault(
        rule: "unknown-subject", reason: "There is no such account.", keptFor: PolicyRule.shortlyKeptFor)
    static let unknownResource = QuestionFault(
        rule: "unknown-resource", reason: "There is no such account to do this to.",
        keptFor: PolicyRule.shortlyKeptFor)

    static func missing(_ name: String) -> QuestionFault {
        QuestionFault(rule: "missing-attribute", reason: "This cannot be decided without the resource's \(name).")
    }
}
