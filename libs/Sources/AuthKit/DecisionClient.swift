import AsyncHTTPClient
public import DomainKit
import Foundation
import HTTPKit
public import IdentityEvents
import NIOHTTP1
import Synchronization
import Timing

/// Asks user-service what accounts may do.
///
/// An answer is kept as long as it says, and no longer than until something is told of its subject. Equal questions under
/// way at the same moment are one, and those asked while calls are under way go together in the next one. Nothing is
/// allowed that was not answered: without an answer asking fails.
public final class DecisionClient: Sendable {
    /// What an answer may say of how long it is kept; beyond that it is asked for again.
    static let longestKept = 300
    /// A hundred answers are some twenty kilobytes.
    private static let largestAnswer = 1_024 * 1_024

    private let address: String
    private let tokens: ServiceTokenSource
    private let revocations: RevocationTable
    private let timeout: Duration
    private let clock: @Sendable () -> UInt64
    private let book: Mutex<DecisionBook>

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

    /// The answer, if it is kept; nil says nothing of what it would be. Never waits.
    public func remembered(_ question: DecisionQuestion) -> Decision? {
        guard revocations.isCurrent else { return nil }
        return book.withLock { $0.answer(to: question, at: clock()) }
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
        return try result.get()
    }

    /// How many wait for an answer.
    var waiterCount: Int { book.withLock { $0.waiterCount } }

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
                    settle(ticket, .success(answer.decision), until: begun + life)
                }
            } catch {
                let failure = Failure.unavailable("decisions", cause: error)
                for ticket in batch { settle(ticket, .failure(failure), until: begun) }
            }
        }
    }

    private func settle(_ ticket: DecisionBook.Ticket, _ result: Result<Decision, Failure>, until end: UInt64) {
        let answer = (try? result.get()).map { DecisionBook.Answer(decision: $0, until: end) }
        for waiter in book.withLock({ $0.settle(ticket, answer) }) { waiter.resume(returning: result) }
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
