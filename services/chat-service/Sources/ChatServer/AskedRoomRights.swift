import AuthKit
import ChatDomain
import DomainKit
import Logging

/// What user-service answers about accounts in rooms.
///
/// The questions name no room: rules look at its kind alone, and at what the account is in it, so that one kept answer
/// serves all rooms that are alike.
struct AskedRoomRights: RoomRights {
    let decisions: DecisionClient
    let logger: Logger

    func requireJoining(_ user: UserID, _ entrance: RoomEntrance) async throws(Failure) {
        let attributes: [String: DecisionQuestion.Attribute] =
            switch entrance {
            case .open: ["kind": .text("public")]
            case .invitation: ["kind": .text("private"), "invited": .flag(true)]
            }
        let decision = try await decisions.decision(on: Self.question("room.join", user, attributes))
        try judgement(of: decision, refusal: .joinNotAllowed, seesTo: []).get()
    }

    func requireSpeaking(_ user: UserID) async throws(Failure) {
        let decision = try await decisions.decision(on: Self.speaking(user))
        try judgement(of: decision, refusal: .speechNotAllowed, seesTo: Self.seenToInSpeech).get()
    }

    /// A look-up.
    func speakingAsKnown(_ user: UserID) -> Result<Void, Failure>? {
        decisions.remembered(Self.speaking(user)).map {
            Self.judgement(of: $0, refusal: .speechNotAllowed, seesTo: Self.seenToInSpeech)
        }
    }

    func expectSpeaking(_ user: UserID) { decisions.askAhead(Self.speaking(user)) }

    /// What a member may. That the caller is one the log asks in the transaction that stores the message, which no answer
    /// from before could promise; nor does the log let moderators wait.
    private static func speaking(_ user: UserID) -> DecisionQuestion { question("room.speak", user, asMember) }

    private static let asMember: [String: DecisionQuestion.Attribute] = ["role": .text("member")]
    /// The room's pause between messages is the log's to keep; every account is held to the limit of messages.
    private static let seenToInSpeech: Set<String> = ["slow-mode", "newcomer-limits"]

    private static func question(
        _ action: String, _ user: UserID, _ attributes: [String: DecisionQuestion.Attribute]
    ) -> DecisionQuestion {
        DecisionQuestion(subject: user.uuid, action: action, type: "room", attributes: attributes)
    }

    /// What is not seen to here is for somebody to look at.
    private func judgement(
        of decision: Decision, refusal: Failure, seesTo known: Set<String>
    ) -> Result<Void, Failure> {
        let unknown = decision.obligations.subtracting(known)
        if decision.isAllowed, !unknown.isEmpty {
            logger.warning(
                "refused for what nobody here can see to",
                metadata: [
                    "obligations": "\(unknown.sorted())", "rule": "\(decision.rule)",
                    "policy_version": "\(decision.policyVersion)",
                ])
        }
        return Self.judgement(of: decision, refusal: refusal, seesTo: known)
    }

    /// A no is one whatever rule says it, and so is a yes that obliges to what this program does not know.
    private static func judgement(
        of decision: Decision, refusal: Failure, seesTo known: Set<String>
    ) -> Result<Void, Failure> {
        guard decision.isAllowed else {
            return .failure(decision.rule == "account.banned" ? .banned : refusal.noting("rule", decision.rule))
        }
        return decision.obligations.isSubset(of: known) ? .success(()) : .failure(refusal.noting("rule", decision.rule))
    }
}
