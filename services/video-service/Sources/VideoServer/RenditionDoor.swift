import Caching
import DomainKit
import Foundation
import IdentityEvents
import Synchronization
import Timing
import VideoDomain
import VideoHTTP
import VideoStorage

/// Lets in who has an address of renditions, as long as who it was made for may watch the video.
///
/// What voids credentials and what is taken down is asked at every request, from tables in memory. Whether the video may still be watched
/// is asked again every half minute, of the database and of user-service, as when playback was asked for: so an owner who takes a film
/// back, and one who deletes it, are obeyed too. Nobody is let in whom nobody could ask about.
final class RenditionDoor: Sendable {
    private static let freshness = Duration.seconds(30)

    private let seal: RenditionTicketSeal
    private let revocations: RevocationTable
    /// Nil where it is not followed: the question every half minute tells it too.
    private let takenDown: TakenDownTable?
    private let confirm: @Sendable (RenditionTicket) async throws -> Void
    private let clock: any WallClock
    /// When a grant was last found good, on the clock that never goes back.
    private let known = Mutex(RecentlyUsed<UUID, UInt64>(capacity: 16_384))

    /// `confirm` fails when the ticket's holder may not watch any more.
    init(
        seal: RenditionTicketSeal, revocations: RevocationTable, takenDown: TakenDownTable?, clock: any WallClock,
        confirm: @escaping @Sendable (RenditionTicket) async throws -> Void
    ) {
        self.seal = seal
        self.revocations = revocations
        self.takenDown = takenDown
        self.clock = clock
        self.confirm = confirm
    }

    /// Fails: `video.link-invalid`, `video.link-expired`, `video.link-revoked`, `user.banned`, `video.not-found`; as `VideoRights`;
    /// `unavailable`, while nobody can say.
    func open(_ text: String) async throws -> RenditionTicket {
        guard let ticket = seal.ticket(in: text) else { throw Failure.linkInvalid }
        guard clock.now < ticket.expiry else { throw Failure.linkExpired }
        try requireGood(ticket)
        let now = Monotonic.now
        let isFresh = known.withLock { known in
            known.value(for: ticket.grant).map { now &- $0 < Self.freshness.wholeNanoseconds } ?? false
        }
        if isFresh { return ticket }
        try await confirm(ticket)
        known.withLock { $0.insert(now, for: ticket.grant) }
        // It may have ended while that was asked.
        try requireGood(ticket)
        return ticket
    }

    /// What is known at this moment, for what runs on.
    func requireGood(_ ticket: RenditionTicket) throws(Failure) {
        try revocations.requireGood(ticket.holder)
        guard let takenDown else { return }
        guard takenDown.isCurrent else { throw .unavailable("postgres") }
        guard ticket.holder.isReview || !takenDown.has(MediaKey(of: ticket.video).text) else { throw .videoNotFound }
    }
}
