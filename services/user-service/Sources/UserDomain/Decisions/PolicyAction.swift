/// What can be asked about.
public enum PolicyAction: String, Sendable, Hashable, CaseIterable {
    case uploadVideo = "video.upload"
    case watchVideo = "video.watch"
    /// To make a video of an upload whose bytes are all there.
    case finishVideo = "video.finish"
    case editVideo = "video.edit"
    case deleteVideo = "video.delete"
    case createRoom = "room.create"
    case joinRoom = "room.join"
    case speakInRoom = "room.speak"
    case moderateRoom = "room.moderate"
    case readUser = "user.read"
    case administerUser = "user.administer"

    /// The type of what it is done to.
    var resourceType: String { String(rawValue.prefix { $0 != "." }) }

    /// What has to be known of that, or else the answer is no.
    var needs: [ResourceAttribute] {
        switch self {
        case .watchVideo: [.owner, .visibility, .state]
        case .finishVideo, .editVideo: [.owner, .state]
        case .deleteVideo: [.owner]
        case .joinRoom: [.kind]
        case .speakInRoom, .moderateRoom: [.role]
        case .uploadVideo, .createRoom, .readUser, .administerUser: []
        }
    }

    /// Whether it is done to an account, which is looked at as well as the one that does it.
    var isDoneToAccount: Bool { resourceType == AccessQuestion.accountType }
}
