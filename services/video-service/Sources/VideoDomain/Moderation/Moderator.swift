public import DomainKit

/// Somebody who looks after the platform, as their credential says.
public struct Moderator: Sendable, Hashable {
    public let viewer: Viewer
    public var id: UserID { viewer.id }

    /// Fails: `video.moderators-only`.
    public init(_ viewer: Viewer) throws(Failure) {
        guard viewer.looksAfterPlatform else { throw .moderatorsOnly }
        self.viewer = viewer
    }
}

extension Viewer {
    /// The roles of those who see what was reported and taken down.
    public static let lookingAfter: Set<String> = [Role.moderator.rawValue, Role.admin.rawValue]

    public var looksAfterPlatform: Bool { !roles.isDisjoint(with: Self.lookingAfter) }
}
