public import DomainKit
public import Foundation
public import VideoDomain

/// Grants in memory, which never end.
public actor InMemoryGrants: PlaybackGrants {
    private var known: Set<UUID> = []

    public init() {}

    public func grant(_ video: VideoID, to viewer: Viewer, until expiry: Date) -> UUID {
        let id = UUID()
        known.insert(id)
        return id
    }

    public func confirm(_ grant: UUID) -> Bool { known.contains(grant) }

    public func removeOver(limit: Int) -> Int { 0 }
}

/// Addresses that say what they are of.
public struct PlainAddresses: RenditionAddresses {
    public init() {}

    public func address(
        of name: String, madeOf watched: WatchedVideo, under claim: Int64, for viewer: Viewer, by grant: UUID,
        until expiry: Date
    ) -> String {
        "plain:\(watched.video.id)/\(claim)/\(name)"
    }
}
