import ChatDomain
import DomainKit
import NIOCore

// A client that scrolls says often how far it has read; the store is told once a second, and in the end of the newest.
extension LiveSession {
    func read(upTo seq: Int64, _ subscription: Subscription, as user: UserID) {
        guard let due = subscription.reading.take(seq) else { return }
        mark(due, subscription, as: user)
    }

    private func mark(_ seq: Int64, _ subscription: Subscription, as user: UserID) {
        let room = subscription.room.id
        owe()
        Task { [self] in
            let refusal: Failure?
            do throws(Failure) {
                _ = try await service.actions.read(seq, room, user)
                refusal = nil
            } catch {
                refusal = error
            }
            loop.post(
                .run { _ in
                    if let refusal { self.refuse(nil, refusal) }
                    self.settle()
                })
        }
        loop.eventLoop.scheduleTask(in: .seconds(1)) {
            guard let next = subscription.reading.rest(), subscription.isLive, self.requireStanding() else { return }
            self.mark(next, subscription, as: user)
        }
    }
}

/// How far the client of a subscription says it has read: one mark is told of at a time, and the newest of those that come meanwhile after
/// it.
struct ReadingPace {
    private var isResting = false
    private var newest: Int64?

    /// What is to be told of now; nil where it waits.
    mutating func take(_ seq: Int64) -> Int64? {
        guard isResting else {
            isResting = true
            return seq
        }
        newest = max(seq, newest ?? 0)
        return nil
    }

    /// The pause is over: what is to be told of now, which begins the next.
    mutating func rest() -> Int64? {
        defer { newest = nil }
        isResting = newest != nil
        return newest
    }
}
