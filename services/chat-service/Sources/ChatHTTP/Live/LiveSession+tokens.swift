import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import WebSocketKit

// Tokens that come by frames: the first one of a socket that was opened without, and those that renew one.
extension LiveSession {
    func authenticate(_ id: FrameID, _ token: String) {
        guard userID != nil else { return enter(id, token) }
        if let principal = service.verifier.remembered(token) { return renewed(id, .success(principal)) }
        owe()
        Task { [self] in
            let result: Result<Principal, Failure>
            do throws(Failure) {
                result = .success(try await service.verifier.verify(token))
            } catch {
                result = .failure(error)
            }
            loop.post(
                .run { _ in
                    self.renewed(id, result)
                    self.settle()
                })
        }
    }

    /// A socket with a good token keeps it, whatever another one is like.
    private func renewed(_ id: FrameID, _ result: Result<Principal, Failure>) {
        switch result.flatMap(stillGood) {
        case .success(let principal) where userID == UserID(principal.userID):
            admit(principal)
            welcome(id, principal)
        case .success: refuse(id, .foreignToken)
        case .failure(let failure): refuse(id, failure)
        }
    }

    private func welcome(_ id: FrameID, _ principal: Principal) {
        send(
            .authenticated(
                id, userID: UserID(principal.userID), connectionID: self.id, expiresAt: principal.expiresAt))
    }

    /// What became known between the verification and this turn of the loop did not find the socket yet.
    private func stillGood(_ principal: Principal) -> Result<Principal, Failure> {
        do throws(Failure) {
            try service.verifier.check(principal)
            return .success(principal)
        } catch {
            return .failure(error)
        }
    }
}

// MARK: - The first token

extension LiveSession {
    private typealias Entry = (principal: Principal, place: ConnectionPlace)

    /// One at a time, as each would take a place.
    private func enter(_ id: FrameID, _ token: String) {
        owe()
        guard tokensBehind == nil else {
            tokensBehind?.append((id, token))
            return
        }
        tokensBehind = []
        let userAgent = userAgent
        Task { [self] in
            let result: Result<Entry, Failure>
            do {
                let principal = try await service.verifier.verify(token)
                let place = try await service.admission.place(for: principal, id: self.id, userAgent: userAgent)
                result = .success((principal, place))
            } catch let refusal as FailureWithFields {
                result = .failure(refusal.failure)
            } catch {
                result = .failure(error as? Failure ?? .unavailable("admission", cause: error))
            }
            loop.post(.run { _ in self.entered(id, result) })
        }
    }

    private func entered(_ id: FrameID, _ result: Result<Entry, Failure>) {
        switch result.flatMap({ entry in stillGood(entry.principal).map { _ in entry } }) {
        case .success(let entry):
            // The place of a socket that has been closed meanwhile goes with this entry.
            if connection.isOpen { admit(entry.principal, at: entry.place) }
            welcome(id, entry.principal)
        case .failure(let failure): turnAway(id, failure)
        }
        settle()
        let behind = tokensBehind ?? []
        tokensBehind = nil
        for (id, token) in behind {
            authenticate(id, token)
            settle()
        }
    }

    /// A socket without a token has none to keep, unless the fault is ours.
    private func turnAway(_ id: FrameID, _ failure: Failure) {
        loop.hub.metrics.refused(failure)
        refuse(id, failure)
        switch failure.kind {
        case .forbidden: connection.close(.banned, reason: "banned")
        case .unauthenticated: closeUnauthenticated()
        case .rateLimited: connection.close(.flooding, reason: "too many sockets")
        default: break
        }
    }
}
