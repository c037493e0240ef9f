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
/// What voids credentials, and whether others may watch the video than before, is asked at every request, of tables in memory. Where that
/// changed, and every half minute, the database and user-service are asked as when playback was asked for, and the grant is confirmed.
/// Nobody is let in whom nobody could ask about.
final class RenditionDoor: Sendable {
    private static let freshness = Duration.seconds(30)

    /// When a grant was last found good, on the clock that never goes back, and after which change.
    private struct Known {
        let at: UInt64
        let mark: Int64?
    }

    private let seal: RenditionTicketSeal
    private let revocations: RevocationTable
    private let access: WatchAccessTable
    private let confirm: @Sendable (RenditionTicket) async throws -> Void
    private let clock: any WallClock
    private let known = Mutex(RecentlyUsed<UUID, Known>(capacity: 16_384))

    /// `confirm` fails when the ticket's holder may not watch any more.
    init(
        seal: RenditionTicketSeal, revocations: RevocationTable, access: WatchAccessTable, clock: any WallClock,
        confirm: @escaping @Sendable (RenditionTicket) async throws -> Void
    ) {
        self.seal = seal
        self.revocations = revocations
        self.access = access
        self.clock = clock
        self.confirm = confirm
    }

    /// Fails: `video.link-invalid`; as `requireGood`.
    func open(_ text: String) async throws -> RenditionTicket {
        guard let ticket = seal.ticket(in: text) else { throw Failure.linkInvalid }
        try await requireGood(ticket)
        return ticket
    }

    /// Fails: `video.link-expired`, `video.link-revoked`, `user.banned`; as `WatchingRule`; `unavailable`, while nobody can say.
    func requireGood(_ ticket: RenditionTicket) async throws {
        let change = try change(ticket)
        let now = Monotonic.now
        if isFresh(ticket, change, now) { return }
        try await confirm(ticket)
        // What was asked after the mark was read is true of the change, or of a later one.
        known.withLock { $0.insert(Known(at: now, mark: change?.mark), for: ticket.grant) }
        // It may have ended while that was asked.
        try revocations.requireGood(ticket.holder)
    }

    /// What is known at this moment, for what runs on.
    func right(of ticket: RenditionTicket) -> ReadingRight {
        do {
            return isFresh(ticket, try change(ticket), Monotonic.now) ? .holds : .unsure
        } catch {
            return .ended
        }
    }

    private func isFresh(_ ticket: RenditionTicket, _ change: AccessChange?, _ now: UInt64) -> Bool {
        known.withLock { known in
            guard let known = known.value(for: ticket.grant) else { return false }
            return known.mark == change?.mark && now &- known.at < Self.freshness.wholeNanoseconds
        }
    }

    /// What changed lately of who may watch the video. Fails: as `requireGood`, for what is known without asking.
    private func change(_ ticket: RenditionTicket) throws(Failure) -> AccessChange? {
        guard clock.now < ticket.expiry else { throw .linkExpired }
        try revocations.requireGood(ticket.holder)
        guard access.isCurrent else { throw .unavailable("postgres") }
        let change = access.change(of: MediaKey(of: ticket.video).text)
        if let change, change.isClosed, !ticket.holder.isReview { throw .videoNotFound }
        return change
    }
}
