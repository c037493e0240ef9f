import AuthKit
import ChatDomain
import DomainKit
import Timing
import WebSocketKit

extension LiveSession {
    func handle(_ frame: ClientFrame) {
        if case .auth(let id, let token) = frame { return authenticate(id, token) }
        guard let userID else { return closeUnauthenticated() }
        switch frame {
        case .send(let id, let room, let clientID, let body, let replyTo):
            say(Utterance(id: id, room: room, clientID: clientID, body: body, replyTo: replyTo), as: userID)
        case .subscribe(let id, let room, let afterSeq): subscribe(id, to: room, afterSeq)
        case .unsubscribe(let id, let room):
            if let subscription = subscription(to: room) { drop(subscription) }
            send(.ok(id))
        case .typing(let room):
            guard let subscription = subscription(to: room), subscription.isLive else {
                return refuse(nil, .notSubscribed(to: room))
            }
            guard subscription.admitsTyping(at: Monotonic.now) else { return }
            loop.hub.announce(.typing(room, userID))
        case .ping(let id): send(.ok(id))
        case .auth: break
        }
    }

    private func authenticate(_ id: FrameID, _ token: String) {
        if let principal = service.verifier.remembered(token) { return authenticated(id, .success(principal)) }
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
                    self.authenticated(id, result)
                    self.settle()
                })
        }
    }

    private func authenticated(_ id: FrameID, _ result: Result<Principal, Failure>) {
        switch result.flatMap(stillGood) {
        case .success(let principal) where userID == nil || userID == UserID(principal.userID):
            admit(principal)
            let user = UserID(principal.userID)
            send(.authenticated(id, userID: user, connectionID: self.id, expiresAt: principal.expiresAt))
        case .success:
            refuse(id, .foreignToken)
        case .failure(let failure):
            refuse(id, failure)
            // A socket with a good token keeps it; one without has none to keep, unless the fault is ours.
            guard userID == nil else { break }
            if failure.kind == .forbidden { connection.close(.banned, reason: "banned") }
            if failure.kind == .unauthenticated { closeUnauthenticated() }
        }
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
