import DomainKit

extension PolicySet {
    /// Who may do what. It is read from top to bottom: the first rule that allows or denies decides, and where there is
    /// none the answer is no. What a thing has that no rule knows, as a visibility of a later version, is allowed by none.
    ///
    /// Whoever changes a rule gives the policy another version: answers name it.
    public static let platform = PolicySet(
        version: "2026-11-26.3", rules: banned + videos + rooms + accounts + newcomers)

    private static let banned: [PolicyRule] = [
        .deny("account.banned", PolicyAction.allCases, when: [.isBanned], because: "The account is banned.")
    ]

    private static let videos: [PolicyRule] = [
        .allow(
            "video.upload.account", [.uploadVideo], when: [.hasRole(Role.allCases)],
            because: "Everybody with an account may upload."),
        .allow(
            "video.watch.under-review", [.watchVideo],
            when: [.isUnderReview, .its(.state, isOneOf: ["ready", "removed"]), .hasRole(lookingAfter)],
            obliging: [.audit],
            because: "Those who look after the platform may watch what was reported or taken down."),
        .deny(
            "video.watch.private", [.watchVideo],
            when: [.its(.visibility, isOneOf: ["private"]), .not(.ownsIt), .not(.isSharedWith)],
            because: "Only its owner, and whom it is shared with, may know of the video."),
        .deny(
            "video.taken-down", [.watchVideo, .finishVideo, .editVideo], when: [.its(.state, isOneOf: ["removed"])],
            because: "The video was taken down."),
        .deny(
            "video.watch.not-ready", [.watchVideo], when: [.not(.its(.state, isOneOf: ["ready"]))],
            because: "The video cannot be watched."),
        .allow("video.watch.owner", [.watchVideo], when: [.ownsIt], because: "The owner may watch it."),
        .allow(
            "video.watch.shared", [.watchVideo],
            when: [.its(.visibility, isOneOf: ["private"]), .isSharedWith, .hasRole(Role.allCases)],
            because: "Its owner shares it with the account."),
        .allow(
            "video.watch.everybody", [.watchVideo],
            when: [.its(.visibility, isOneOf: ["public", "unlisted"]), .hasRole(Role.allCases)],
            because: "Everybody with an account may watch it."),
        .allow(
            "video.watch.members", [.watchVideo], when: [.its(.visibility, isOneOf: ["members"]), .isMember],
            because: "Members may watch it."),
        .allow(
            "video.watch.moderators", [.watchVideo],
            when: [.its(.visibility, isOneOf: ["members"]), .hasRole(lookingAfter)],
            because: "Those who look after the platform may watch it."),
        .deny(
            "video.watch.membership-required", [.watchVideo], when: [.its(.visibility, isOneOf: ["members"])],
            because: "The video is for members, and the account is none at this moment."),
        .deny(
            "video.not-yours", [.finishVideo, .editVideo], when: [.not(.ownsIt)],
            because: "Only its owner may do this."),
        .allow(
            "video.finish.owner", [.finishVideo], when: [.its(.state, isOneOf: ["uploading"])],
            because: "The owner may finish the upload."),
        .allow("video.edit.owner", [.editVideo], when: [.ownsIt], because: "The owner may change it."),
        .allow("video.delete.owner", [.deleteVideo], when: [.ownsIt], because: "The owner may delete it."),
        .allow(
            "video.delete.moderators", [.deleteVideo], when: [.hasRole(lookingAfter)], obliging: [.audit],
            because: "Those who look after the platform may delete it."),
    ]

    private static let rooms: [PolicyRule] = [
        .allow(
            "room.create.account", [.createRoom], when: [.hasRole(Role.allCases)],
            because: "Everybody with an account may open rooms."),
        .allow(
            "room.join.public", [.joinRoom],
            when: [.its(.kind, isOneOf: ["public"]), .hasRole(Role.allCases)],
            because: "Everybody with an account may join public rooms."),
        .allow(
            "room.join.member", [.joinRoom], when: [.its(.kind, isOneOf: ["private"]), inRoom],
            because: "The account is a member."),
        .allow(
            "room.join.invited", [.joinRoom], when: [.its(.kind, isOneOf: ["private"]), .isInvited],
            because: "The account is invited."),
        .deny(
            "room.join.invitation-needed", [.joinRoom], when: [.its(.kind, isOneOf: ["private"])],
            because: "A private room is entered by invitation."),
        .allow(
            "room.speak.moderators", [.speakInRoom], when: [moderatesRoom], keptFor: PolicyRule.longKeptFor,
            because: "Moderators and the owner speak as often as they like."),
        .allow(
            "room.speak.members", [.speakInRoom], when: [inRoom], obliging: [.slowMode],
            keptFor: PolicyRule.longKeptFor, because: "Members may speak."),
        .deny(
            "room.speak.members-only", [.speakInRoom], when: [.not(inRoom)],
            because: "Only members speak in a room."),
        .allow(
            "room.moderate.room", [.moderateRoom], when: [moderatesRoom],
            because: "Moderators and the owner of a room moderate it."),
        .allow(
            "room.moderate.platform", [.moderateRoom], when: [.hasRole(lookingAfter)], obliging: [.audit],
            because: "Those who look after the platform moderate every room."),
    ]

    private static let accounts: [PolicyRule] = [
        .allow(
            "user.read.self", [.readUser], when: [.isItself], keptFor: PolicyRule.shortlyKeptFor,
            because: "Everybody may read the own account."),
        .allow(
            "user.read.admins", [.readUser], when: [.hasRole([.admin])], keptFor: PolicyRule.shortlyKeptFor,
            because: "Admins may read every account."),
        .allow(
            "user.read.public", [.readUser], when: [.hasRole(Role.allCases)], obliging: [.publicProfile],
            keptFor: PolicyRule.shortlyKeptFor, because: "Everybody may read what is public of an account."),
        .allow(
            "user.administer.admins", [.administerUser], when: [.hasRole([.admin])], obliging: [.audit],
            keptFor: PolicyRule.shortlyKeptFor, because: "Admins look after accounts."),
    ]

    private static let newcomers: [PolicyRule] = [
        .oblige(
            .newcomerLimits, "newcomer.young", [.uploadVideo, .createRoom, .speakInRoom],
            when: [.isYounger(than: 86_400)], because: "The account is not a day old."),
        .oblige(
            .newcomerLimits, "newcomer.unverified", [.uploadVideo, .createRoom, .speakInRoom],
            when: [.hasUnverifiedAddress], because: "The account's address is not verified."),
    ]

    private static let lookingAfter: [Role] = [.moderator, .admin]
    private static let inRoom = PolicyCondition.its(.role, isOneOf: ["member", "moderator", "owner"])
    private static let moderatesRoom = PolicyCondition.its(.role, isOneOf: ["moderator", "owner"])
}
