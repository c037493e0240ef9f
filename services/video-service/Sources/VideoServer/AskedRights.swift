import AuthKit
import DomainKit
import Foundation
import Logging
import VideoDomain

/// What accounts may do, as user-service decides it.
///
/// Questions name no video: rules look at what is so of it alone, and one kept answer does for all videos that are alike.
/// What is refused by a rule that is not known here is refused without saying more; what is allowed only on a condition that
/// is not known here is not allowed, as nobody would see to it.
struct AskedRights: VideoRights {
    typealias Ask = @Sendable (DecisionQuestion) async throws(Failure) -> Decision

    /// Newcomers have no other limits here than everybody has.
    private static let knownObligations: Set = [audit, "newcomer-limits"]
    private static let audit = "audit"

    private let ask: Ask
    private let logger: Logger

    init(logger: Logger, _ ask: @escaping Ask) {
        self.ask = ask
        self.logger = logger
    }

    func mayUpload(_ user: UserID) async throws(Failure) {
        try await require("video.upload", by: user)
    }

    func mayFinish(_ upload: Upload) async throws(Failure) {
        // One that awaits its finish is not done with, whatever a try before has done of it.
        try await require(
            "video.finish", by: upload.ownerID,
            ["owner_id": .text(upload.ownerID.description), "state": .text(Video.State.uploading.rawValue)])
    }

    func mayWatch(_ video: Video, _ viewer: UserID, as sight: Sight) async throws(Failure) {
        var attributes: [String: DecisionQuestion.Attribute] = [
            "owner_id": .text(video.ownerID.description), "state": .text(video.state.rawValue),
            "visibility": .text(video.details.visibility.rawValue),
        ]
        switch sight {
        case .itself: break
        case .share: attributes["shared"] = .flag(true)
        case .review: attributes["under_review"] = .flag(true)
        }
        try await require("video.watch", by: viewer, attributes)
    }

    private func require(
        _ action: String, by user: UserID, _ attributes: [String: DecisionQuestion.Attribute] = [:]
    ) async throws(Failure) {
        let decision = try await ask(
            DecisionQuestion(subject: user.uuid, action: action, type: "video", attributes: attributes))
        guard decision.isAllowed else { throw Self.refusal(by: decision) }
        let strange = decision.obligations.subtracting(Self.knownObligations)
        guard strange.isEmpty else {
            logger.warning(
                "allowed on a condition that is not known here",
                metadata: [
                    "action": "\(action)", "rule": "\(decision.rule)",
                    "obligations": "\(strange.sorted().joined(separator: " "))",
                ])
            throw .videoNotAllowed(by: decision.rule)
        }
        guard decision.obligations.contains(Self.audit) else { return }
        logger.notice(
            "allowed, to be written down",
            metadata: [
                "action": "\(action)", "user_id": "\(user)", "rule": "\(decision.rule)",
                "policy_version": "\(decision.policyVersion)",
            ])
    }

    private static func refusal(by decision: Decision) -> Failure {
        switch decision.rule {
        case "account.banned": .banned
        case "video.watch.membership-required": .membershipRequired
        // Who may not know of it is told what is told of those that there are not.
        case "video.watch.private", "video.taken-down": .videoNotFound
        case "video.watch.not-ready": .videoNotReady
        case "video.not-yours": .videoNotYours
        default: .videoNotAllowed(by: decision.rule)
        }
    }
}
