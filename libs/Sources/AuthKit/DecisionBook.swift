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
        /// By the book's clock: whoever goes on asking has it asked for again from this moment on.
        var renewAt: UInt64
        /// Void from this moment on.
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
    /// Of which as many may be questions that nobody waits for.
    static let mostAhead = 500
    /// Answers kept for one account.
    static let mostEach = 64
    /// After a question that failed the answer before it is not renewed for so long, in nanoseconds.
    static let pauseAfterFailure: UInt64 = 1_000_000_000

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

    /// How many questions are asked now, or about to be, but for those that something was told about since.
    var questionsUnderWay: Int { joinable.values.reduce(0) { $0 + $1.count } }

    mutating func answer(to question: DecisionQuestion, at now: UInt64) -> Answer? {
        guard let answer = kept.value(for: question.subject)?[question], now < answer.until else { return nil }
        return answer
    }

    mutating func ask(_ question: DecisionQuestion, _ waiter: Waiter) -> Step {
        if let number = joinable[question.subject]?[question] {
            waiters[number, default: []].append(waiter)
            // Asked ahead, it may still gather others.
            guard lanes < Self.mostLanes, waiting.contains(where: { $0.number == number }) else { return .waits }
            lanes += 1
            return .waitsForLane
        }
        guard waiting.count < Self.mostWaiting else { return .refused }
        waiters[last + 1] = [waiter]
        return line(up: question) ? .waitsForLane : .waits
    }

    /// Has a question asked that nobody waits for yet, unless it is under way or too many wait. True: somebody is to go
    /// and ask, in a while, as others will come. No second lane is taken for it: that is for those who wait.
    mutating func askAhead(_ question: DecisionQuestion) -> Bool {
        guard joinable[question.subject]?[question] == nil, waiting.count < Self.mostAhead else { return false }
        return line(up: question, onlyLane: true)
    }

    /// True when a lane is free for it.
    private mutating func line(up question: DecisionQuestion, onlyLane: Bool = false) -> Bool {
        last += 1
        joinable[question.subject, default: [:]][question] = last
        waiting.append(Ticket(number: last, question: question))
        guard lanes < (onlyLane ? 1 : Self.mostLanes) else { return false }
        lanes += 1
        return true
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
    /// was asked: nobody knows then which came first. Without one the answer before it counts until its end.
    mutating func settle(_ ticket: Ticket, _ answer: Answer?, at now: UInt64) -> [Waiter] {
        let (subject, question) = (ticket.question.subject, ticket.question)
        if joinable[subject]?[question] == ticket.number {
            joinable[subject]?[question] = nil
            if joinable[subject]?.isEmpty == true { joinable[subject] = nil }
            if let answer = answer ?? postponed(question, at: now) { keep(answer, to: question) }
        }
        return waiters.removeValue(forKey: ticket.number) ?? []
    }

    /// Something was told of the account: what was answered before counts no more, and who asks from now on asks anew.
    mutating func forget(_ subject: UUID) {
        kept.remove(subject)
        joinable[subject] = nil
    }

    private mutating func postponed(_ question: DecisionQuestion, at now: UInt64) -> Answer? {
        guard var answer = answer(to: question, at: now) else { return nil }
        answer.renewAt = now + Self.pauseAfterFailure
        return answer
    }

    private mutating func keep(_ answer: Answer, to question: DecisionQuestion) {
        var answers = kept.value(for: question.subject) ?? [:]
        if answers.count >= Self.mostEach, answers[question] == nil { answers = [:] }
        answers[question] = answer
        kept.insert(answers, for: question.subject)
    }
}
