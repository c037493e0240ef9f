public import DomainKit
public import Foundation

/// The port to who plays what by addresses that outlive the credential they were asked for with. Fails: `unavailable`.
///
/// A grant counts as long as it is confirmed again within `PlaybackGrant.patience`. Whoever confirms it knows of all that voided
/// credentials in that time, so by all who confirmed it before it is known that nothing has since it was made.
public protocol PlaybackGrants: Sendable {
    /// Notes that the viewer plays the video until `expiry`; the same one for the same credential again, for longer.
    func grant(_ video: VideoID, to viewer: Viewer, until expiry: Date) async throws -> UUID

    /// Confirms it; false when it is over, was not confirmed in time, or its video is gone.
    func confirm(_ grant: UUID) async throws -> Bool

    /// Forgets at most `limit` that are over; says how many.
    func removeOver(limit: Int) async throws -> Int
}

public enum PlaybackGrant {
    /// Less than what is known of void credentials goes back (`RevocationTable.longestTokenLife`).
    public static let patience = Duration.seconds(3_600)

    /// How long a film of this length may take to be watched, with pauses: four times its length, six hours at least, a day at most.
    public static func life(of milliseconds: Int64) -> Duration {
        let four = Duration.milliseconds(min(milliseconds, 86_400_000)) * 4
        return min(.seconds(86_400), max(.seconds(6 * 3_600), four))
    }
}
