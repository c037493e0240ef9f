import ChatDomain
import DomainKit
import NIOCore
import WebSocketKit

/// One socket's ear in one room.
///
/// It joins the room at a `seq` of the room's own order: everything after that is live, everything up to it is
/// history. So catching up and listening meet without a hole and without a double.
// @unchecked: touched on its loop only; tasks just carry it back there.
final class Subscription: @unchecked Sendable {
    private enum Phase {
        /// Whether the caller may listen is being looked up; nothing is heard yet.
        case opening
        /// History is on its way; what is live waits behind it.
        case catchingUp(CatchUp)
        case live
        case ended
    }

    unowned let session: LiveSession
    let room: LoopRoom
    /// Where it stands in the room's list.
    var place = 0
    private var phase = Phase.opening
    /// What the client has, though this process may not have handed it out yet.
    private var seen = RoomPosition(seq: 0, change: 0)
    /// When this socket last said that its user is typing here, in nanoseconds of the steady clock.
    private var typedAt: UInt64?
    /// What this socket says of how far its user has read.
    var reading = ReadingPace()
    /// Set when the caller lost the right to listen while `opening`: why, and by which change of the room.
    private var revocation: (failure: Failure, change: Int64)?
    /// The room's newest change when it was found that the caller may listen.
    private var admittedAt: Int64 = 0

    init(session: LiveSession, room: LoopRoom) {
        self.session = session
        self.room = room
    }

    var isLive: Bool { if case .live = phase { true } else { false } }
    var isOpening: Bool { if case .opening = phase { true } else { false } }

    /// A message of the room, in its order.
    func deliver(_ frame: EncodedFrame, seq: Int64) {
        if seq > seen.seq { deliver(frame) }
    }

    /// A change of one, in its order.
    func deliver(_ frame: EncodedFrame, change: Int64) {
        if change > seen.change { deliver(frame) }
    }

    /// Anything else.
    func deliver(_ frame: EncodedFrame) {
        switch phase {
        case .live: session.connection.send(frame)
        case .catchingUp(let catchUp):
            if !catchUp.hold(frame) { session.connection.close(.tooSlow, reason: "too slow") }
        case .opening, .ended: break
        }
    }

    /// Whether the user may be shown as typing again: once in three seconds, so that a flood costs the others nothing.
    func admitsTyping(at now: UInt64) -> Bool {
        if let typedAt, now &- typedAt < 3_000_000_000 { return false }
        typedAt = now
        return true
    }

    /// The client has all up to there, some of which this process has yet to hear of.
    func skip(through position: RoomPosition) { seen = position }

    /// The caller may listen; the room stood there when that was found. Returns where the subscription joined, or
    /// nil when it has been taken back meanwhile.
    func open(at position: RoomPosition) -> Result<RoomPosition, Failure>? {
        guard case .opening = phase else { return nil }
        // Who was let in again since has been found to be in the room.
        if let revocation, revocation.change == 0 || revocation.change > position.change {
            return .failure(revocation.failure)
        }
        admittedAt = position.change
        room.start(at: position)
        phase = .live
        return .success(room.position ?? position)
    }

    /// Sends the messages after that and then the changes, up to where the subscription joined, before anything live.
    func catchUp(after position: RoomPosition, upTo joined: RoomPosition) {
        let catchUp = CatchUp(after: position, upTo: joined)
        phase = .catchingUp(catchUp)
        advance()
    }

    /// Goes on with catching up as far as the socket takes it.
    func advance() {
        guard case .catchingUp(let catchUp) = phase else { return }
        switch catchUp.step(session.connection, isWritable: { session.isWritable }) {
        case .blocked: break
        case .done: phase = .live
        case .needsMore(let page): fetch(page, for: catchUp)
        }
    }

    private func fetch(_ page: CatchUp.Page, for catchUp: CatchUp) {
        let (loop, room) = (session.loop, room.id)
        let log = loop.hub.log
        Task {
            let result: Result<[CatchUp.Missed], Failure>
            do throws(Failure) {
                result = .success(try await page.read(from: log, room))
            } catch {
                result = .failure(error)
            }
            loop.post(.run { _ in self.fetched(result, for: catchUp) })
        }
    }

    private func fetched(_ result: Result<[CatchUp.Missed], Failure>, for catchUp: CatchUp) {
        guard case .catchingUp(let current) = phase, current === catchUp else { return }
        switch result {
        case .success(let missed):
            catchUp.fetched(missed)
            advance()
        case .failure:
            // The client cannot tell what it missed: it starts over from where it stands.
            session.drop(self)
            session.connection.close(.tryAgainLater, reason: "the log is away")
        }
    }

    /// The caller may listen no longer. `notice` is the last they hear: of history that is on its way nothing more comes,
    /// and what waited behind it does not either.
    ///
    /// - Parameter change: the number of what took it; 0 is newer than anything. One that was made before the caller was found to be
    ///   in the room, and is heard of late, takes nothing.
    func revoke(_ failure: Failure, by change: Int64, telling notice: EncodedFrame?) {
        if case .opening = phase {
            if revocation.map({ $0.change != 0 && (change == 0 || change > $0.change) }) ?? true {
                revocation = (failure, change)
            }
        } else if change == 0 || change > admittedAt {
            if let notice { session.connection.send(notice) }
            session.drop(self)
        }
    }

    func end() {
        phase = .ended
        room.remove(self)
    }
}
