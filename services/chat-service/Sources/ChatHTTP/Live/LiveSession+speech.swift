import ChatDomain
import DomainKit
import HTTPKit
import WebSocketKit

// Whether somebody may speak, and has not spoken too much, is known here nearly always, and then a message costs a look-up
// and a subtraction. Where it is not the loop does not wait: what is said meanwhile waits in the session, in its order.
extension LiveSession {
    /// Says it, refuses it, or has it wait until it is known which.
    func say(_ utterance: Utterance, as user: UserID) {
        owe()
        if unsaid.isEmpty, let judgement = judgement(of: user) { return settle(utterance, judgement, as: user) }
        let isFirst = unsaid.isEmpty
        if unsaid.add(utterance) { connection.setReading(false) }
        if isFirst { ask(of: user) }
    }

    /// Whether one more thing may be said now. A yes is used up by that. Nil where somebody has to be asked.
    private func judgement(of user: UserID) -> Result<Void, Failure>? {
        let right = service.actions.rightAsKnown(user)
        guard case .success? = right else { return right }
        return allowance(of: user).takeHeld().map(Self.judgement)
    }

    private static func judgement(_ decision: RateLimitDecision) -> Result<Void, Failure> {
        decision.isAllowed ? .success(()) : .failure(.rateLimited(decision))
    }

    private func ask(of user: UserID) {
        loop.hub.metrics.speechWaited()
        let allowance = allowance(of: user)
        Task { [self] in
            let result: Result<Void, Failure>
            do throws(Failure) {
                try await service.actions.requireRight(user)
                result = Self.judgement(try await allowance.take())
            } catch {
                result = .failure(error)
            }
            loop.post(.run { _ in self.answered(result, of: user) })
        }
    }

    /// What became known counts for the first that waits, and for those behind it as far as it is still known then.
    private func answered(_ result: Result<Void, Failure>, of user: UserID) {
        if maySpeakStill() {
            for (utterance, judgement) in judged(result, of: user) { settle(utterance, judgement, as: user) }
        } else {
            for _ in unsaid.drain() { settle() }
        }
        if unsaid.resumesReading() { connection.setReading(true) }
        if !unsaid.isEmpty { ask(of: user) }
    }

    /// Nothing is stored after its sender's token has become void or has ended: not even what was said before.
    private func maySpeakStill() -> Bool {
        guard !isOver else {
            closeUnauthenticated()
            return false
        }
        return requireStanding()
    }

    private func judged(
        _ result: Result<Void, Failure>, of user: UserID
    ) -> [(Utterance, Result<Void, Failure>)] {
        if case .failure(let failure) = result, failure.kind == .unavailable {
            // Each asking for itself would wait as long as the first did.
            return unsaid.drain().map { ($0, result) }
        }
        return unsaid.judged(first: result) { judgement(of: user) }
    }

    private func settle(_ utterance: Utterance, _ judgement: Result<Void, Failure>, as user: UserID) {
        if case .failure(let failure) = judgement {
            loop.hub.metrics.refused(failure)
            refuse(utterance.id, failure)
            return settle()
        }
        service.actions.send(utterance.body, utterance.clientID, utterance.replyTo, utterance.room, user) {
            [self] result in
            let frame: ServerFrame =
                switch result {
                case .success(let receipt): .sent(utterance.id, receipt)
                case .failure(let failure): .error(utterance.id, service.problem(failure, session: id))
                }
            loop.post(.answer(self, frame.encoded))
        }
    }
}
