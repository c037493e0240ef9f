import Caching
import DomainKit
import Foundation

/// Which answers are kept, and which questions are under way. Of bounded size, but for those who wait.
struct DecisionBook {
    typealias Waiter = CheckedContinuation<Result<Decision, Failure>, Never>

    /// A question that is to be asked. One number stands for all who wait for it.
    struct Ticket: Sendable {
        let number: Int
        let question: DecisionQuestion
    }

    struct Answer: Sendable {
        let decision: Decision
        /// By the book's clock; void from this moment on.
        let until: UInt64
    }

    /// What becomes of a question.
    enum Step {
        case waits
        /// And somebody is to go and ask.
        case waitsForLane
        /// Too many wait already.
        case refused
    }

    /// As many as user-service answers at once.
    static let mostAtOnce = 100
    /// Calls under way at the same time; what is asked meanwhile goes together.
    static let mostLanes = 2
    static let mostWaiting = 1_000
    /// Answers kept for one account.
    static let mostEach = 64

    private var kept: RecentlyUsed<UUID, [DecisionQuestion: Answer]>
    /// What is under way and may be joined, by subject: nothing was told of that since it was asked.
    private var joinable: [UUID: [DecisionQuestion: Int]] = [:]
    private var waiters: [Int: [Waiter]] = [:]
    private var waiting: [Ticket] = []
    private var lanes = 0
    private var last = 0

    /// - Parameter accounts: for how many answers are kept, about.
    init(accounts: Int) {
        kept = RecentlyUsed(capacity: accounts)
    }

    /// How many wait for an answer.
    var waiterCount: Int { waiters.values.reduce(0) { $0 + $1.count } }

    mutating func answer(to question: DecisionQuestion, at now: UInt64) -> Decision? {
        guard let answer = kept.value(for: question.subject)?[question], now < answer.until else { return nil }
        return answer.decision
    }

    mutating func ask(_ question: DecisionQuestion, _ waiter: Waiter) -> Step {
        if let number = joinable[question.subject]?[question] {
            waiters[number, default: []].append(waiter)
            return .waits
        }
        guard waiting.count < Self.mostWaiting else { return .refused }
        last += 1
        joinable[question.subject, default: [:]][question] = last
        waiters[last] = [waiter]
        waiting.append(Ticket(number: last, question: question))
        guard lanes < Self.mostLanes else { return .waits }
        lanes += 1
        return .waitsForLane
    }

    /// What a lane is to ask next; nil ends it.
    mutating func batch() -> [Ticket]? {
        guard !waiting.isEmpty else {
            lanes -= 1
            return nil
        }
        let batch = Array(waiting.prefix(Self.mostAtOnce))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// Ends a question, and returns who waits for it. Its answer is kept unless something was told of the subject since it
    /// was asked: nobody knows then which came first.
    mutating func settle(_ ticket: Ticket, _ answer: Answer?) -> [Waiter] {
        let (subject, question) = (ticket.question.subject, ticket.question)
        if joinable[subject]?[question] == ticket.number {
            joinable[subject]?[question] = nil
            if joinable[subject]?.isEmpty == true { joinable[subject] = nil }
            if let answer { keep(answer, to: question) }
        }
        return waiters.removeValue(forKey: ticket.number) ?? []
    }

    /// Something was told of the account: what was answered before counts no more, and who asks from now on asks anew.
    mutating func forget(_ subject: UUID) {
        kept.remove(subject)
        joinable[subject] = nil
    }

    private mutating func keep(_ answer: Answer, to question: DecisionQuestion) {
        var answers = kept.value(for: question.subject) ?? [:]
        if answers.count >= Self.mostEach { answers = [:] }
        answers[question] = answer
        kept.insert(answers, for: question.subject)
    }
}
