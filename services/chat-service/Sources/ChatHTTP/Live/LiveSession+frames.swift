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
        case .subscribe(let id, let room, let afterSeq, let afterChange):
            subscribe(id, to: room, after: (afterSeq, afterChange))
        case .unsubscribe(let id, let room):
            if let subscription = subscription(to: room) { drop(subscription) }
            send(.ok(id))
        case .typing(let room):
            guard let subscription = subscription(to: room), subscription.isLive else {
                return refuse(nil, .notSubscribed(to: room))
            }
            guard subscription.admitsTyping(at: Monotonic.now) else { return }
            loop.hub.announce(.typing(room, userID))
        case .read(let room, let seq):
            guard let subscription = subscription(to: room), subscription.isLive else {
                return refuse(nil, .notSubscribed(to: room))
            }
            read(upTo: seq, subscription, as: userID)
        case .ping(let id): send(.ok(id))
        case .auth: break
        }
    }
}
