import AsyncHTTPClient
public import DomainKit
import Foundation
import HTTPKit
public import IdentityEvents
import Metrics
import NIOHTTP1
import Synchronization
import Timing

/// Asks user-service what accounts may do.
///
/// An answer is kept as long as it says, and no longer than until something is told of its subject. One that is still asked
/// for in the last third of that time is asked again meanwhile, so that who keeps asking finds it kept. Equal questions
/// under way at the same moment are one, and those asked while calls are under way go together in the next one; what nobody
/// waits for yet gathers a while first. Nothing is allowed that was not answered: without an answer asking fails.
///
/// `authz_client_decisions_total` counts what those who ask get, by `outcome`: `kept`, `asked`, `failed`.
public final class DecisionClient: Sendable {
    /// What an answer may say of how long it is kept; beyond that it is asked for again.
    static let longestKept = 300
    /// How long questions that nobody waits for gather, so that many go in one call.
    private static let gathering = Duration.milliseconds(50)
    /// A hundred answers are some twenty kilobytes.
    private static let largestAnswer = 1_024 * 1_024

    private let address: String
    private let tokens: ServiceTokenSource
    private let revocations: RevocationTable
    private let timeout: Duration
    private let clock: @Sendable () -> UInt64
    private let book: Mutex<DecisionBook>
    private let outcomes = Outcomes()

    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - tokens: gives tokens with the scope `authz:decide`.
    ///   - revocations: tells of accounts; kept answers count only while it is current.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    ///   - accounts: for how many answers are kept, about.
    ///   - clock: nanoseconds that never go back; without one the monotonic clock.
    public init(
        url: String, tokens: ServiceTokenSource, revocations: RevocationTable, allowsPlaintext: Bool = false,
        timeout: Duration = .seconds(2), accounts: Int = 10_000, clock: (@Sendable () -> UInt64)? = nil
    ) throws(UnusableIdentityURL) {
        address = try UnusableIdentityURL.usable(url, allowsPlaintext: allowsPlaintext) + "/v1/authz/decisions"
        self.tokens = tokens
        self.revocations = revocations
        self.timeout = timeout
        self.clock = clock ?? { Monotonic.now }
        book = Mutex(DecisionBook(accounts: accounts))
        revocations.observe { [weak self] event in self?.book.withLock { $0.forget(event.userID) } }
    }

    /// With tokens of its own, which a client gets that may have the scope `authz:decide`.
    public convenience init(
        url: String, clientID: String, secret: String, revocations: RevocationTable, allowsPlaintext: Bool = false,
        accounts: Int = 10_000
    ) throws(UnusableIdentityURL) {
        let tokens = try ServiceTokenSource(
            url: url, clientID: clientID, secret: secret, scope: "authz:decide", allowsPlaintext: allowsPlaintext)
        try self.init(
            url: url, tokens: tokens, revocations: revocations, allowsPlaintext: allowsPlaintext, accounts: accounts)
    }

    /// The answer, if it is kept; nil says nothing of what it would be. Never waits.
    public func remembered(_ question: DecisionQuestion) -> Decision? {
        guard revocations.isCurrent else { return nil }
        let now = clock()
        let (kept, startsLane) = book.withLock { book -> (Decision?, Bool) in
            guard let answer = book.answer(to: question, at: now) else { return (nil, false) }
            return (answer.decision, now >= answer.renewAt && book.askAhead(question))
        }
        if startsLane { Task { await laneAhead() } }
        if kept != nil { outcomes.kept.increment() }
        return kept
    }

    /// Has the answer asked for, unless it is kept, so that it is by the time somebody wants it. Never waits, promises nothing.
    public func askAhead(_ question: DecisionQuestion) {
        let now = clock()
        let isCurrent = revocations.isCurrent
        let startsLane = book.withLock { book in
            (!isCurrent || book.answer(to: question, at: now) == nil) && book.askAhead(question)
        }
        if startsLane { Task { await laneAhead() } }
    }

    /// The answer, kept or new. A caller that is cancelled waits as long as it would have.
    ///
    /// Fails: `unavailable`, without an answer in time, and while too many wait for one.
    public func decision(on question: DecisionQuestion) async throws(Failure) -> Decision {
        if let answer = remembered(question) { return answer }
        let result = await withCheckedContinuation { (waiter: DecisionBook.Waiter) in
            switch book.withLock({ $0.ask(question, waiter) }) {
            case .waits: break
            case .waitsForLane: Task { await self.lane() }
            case .refused: waiter.resume(returning: .failure(.unavailable("decisions")))
            }
        }
        outcomes.count(result)
        return try result.get()
    }

    /// How many wait for an answer.
    var waiterCount: Int { book.withLock { $0.waiterCount } }

    /// How many questions are asked now, or about to be.
    var questionsUnderWay: Int { book.withLock { $0.questionsUnderWay } }

    /// Who comes to wait meanwhile takes the other lane, and what has gathered goes along.
    private func laneAhead() async {
        // The wait is for others to come. Nobody cancels this task, and one that was would ask a little earlier.
        try? await Task.sleep(for: Self.gathering)
        await lane()
    }

    /// Asks what waits, until nothing does.
    private func lane() async {
        // What is asked at the same moment comes along.
        await Task.yield()
        while let batch = book.withLock({ $0.batch() }) {
            // An answer counts from before it was asked for, so that it is not thought to count longer than it does.
            let begun = clock()
            do {
                let answers = try await answers(to: batch.map(\.question))
                for (ticket, answer) in zip(batch, answers) {
                    let life = UInt64(min(max(answer.ttl, 0), Self.longestKept)) * 1_000_000_000
                    let kept = DecisionBook.Answer(
                        decision: answer.decision, renewAt: begun + life / 3 * 2, until: begun + life)
                    settle(ticket, .success(answer.decision), kept)
                }
            } catch {
                let failure = Failure.unavailable("decisions", cause: error)
                for ticket in batch { settle(ticket, .failure(failure), nil) }
            }
        }
    }

    private func settle(
        _ ticket: DecisionBook.Ticket, _ result: Result<Decision, Failure>, _ answer: DecisionBook.Answer?
    ) {
        let now = clock()
        for waiter in book.withLock({ $0.settle(ticket, answer, at: now) }) { waiter.resume(returning: result) }
    }

    private func answers(to questions: [DecisionQuestion]) async throws -> [DecisionAnswersBody.AnswerBody] {
        let body = JSONWriter.buffer(of: DecisionQuestionsBody(questions: questions))
        let answer = try await tokens.authorizing { token in
            var request = HTTPClientRequest(url: address)
            request.method = .POST
            request.headers = [
                "Authorization": "Bearer \(token)", "Content-Type": "application/json", "Accept": "application/json",
            ]
            request.body = .bytes(body)
            return try await IssuerClient.answer(to: request, within: timeout, atMost: Self.largestAnswer)
        }
        guard answer.status == .ok else { throw IssuerClient.Unreadable(status: "\(answer.status)") }
        let decisions = try JSONDecoder().decode(DecisionAnswersBody.self, from: answer.body).decisions
        guard decisions.count == questions.count else {
            throw IssuerClient.Unreadable(status: "\(decisions.count) answers to \(questions.count) questions")
        }
        return decisions
    }
}

/// What those who ask get.
private struct Outcomes {
    let kept = Outcomes.counter("kept")
    private let asked = Outcomes.counter("asked")
    private let failed = Outcomes.counter("failed")

    func count(_ result: Result<Decision, Failure>) {
        switch result {
        case .success: asked.increment()
        case .failure: failed.increment()
        }
    }

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "authz_client_decisions_total", dimensions: [("outcome", outcome)])
    }
}
