public import DomainKit
import Foundation

/// Something that is so or is not so, of who asks and of what is asked about.
public indirect enum PolicyCondition: Sendable, Hashable {
    case isBanned
    case hasRole([Role])
    /// Of any tier but the free one, now.
    case isMember
    case hasUnverifiedAddress
    /// In seconds.
    case isYounger(than: Int)
    case ownsIt
    case isItself
    case isInvited
    case isSharedWith
    case isUnderReview
    case its(ResourceAttribute, isOneOf: [String])
    case not(PolicyCondition)

    func holds(_ asked: AccessCase) -> Bool {
        let (user, attributes) = (asked.subject.user, asked.question.attributes)
        switch self {
        case .isBanned: return user.ban != nil
        case .hasRole(let roles): return !user.roles.isDisjoint(with: roles)
        case .isMember: return user.tier != Membership.freeTier
        case .hasUnverifiedAddress: return !user.isEmailVerified
        case .isYounger(let age): return asked.subject.readAt < asked.subject.reaches(age: age)
        case .ownsIt:
            guard case .text(let owner)? = attributes[.owner] else { return false }
            return UserID(owner) == user.id
        case .isItself: return asked.question.accountID == user.id
        case .isInvited: return attributes[.isInvited] == .flag(true)
        case .isSharedWith: return attributes[.isShared] == .flag(true)
        case .isUnderReview: return attributes[.isUnderReview] == .flag(true)
        case .its(let attribute, let values):
            guard case .text(let text)? = attributes[attribute] else { return false }
            return values.contains(text)
        case .not(let condition): return !condition.holds(asked)
        }
    }

    /// The age at which it changes by itself.
    var age: Int? {
        switch self {
        case .isYounger(let age): age
        case .not(let condition): condition.age
        default: nil
        }
    }

    /// What is so when it holds, or when it does not.
    func sentence(holds: Bool) -> String {
        let not = holds ? "" : "not "
        func list(_ names: [String]) -> String { names.joined(separator: ", ") }
        switch self {
        case .isBanned: return "The account is \(not)banned."
        case .hasRole(let roles):
            return "The account has \(holds ? "one" : "none") of the roles \(list(roles.map(\.rawValue)))."
        case .isMember: return "The account has \(holds ? "a" : "no") membership at this moment."
        case .hasUnverifiedAddress: return "The account's address is \(holds ? "not " : "")verified."
        case .isYounger(let age): return "The account is \(not)younger than \(age) seconds."
        case .ownsIt: return "The account is \(not)the owner."
        case .isItself: return "It is \(holds ? "the account itself" : "another account")."
        case .isInvited: return "The account has \(holds ? "an" : "no") invitation."
        case .isSharedWith: return "It is \(not)shared with the account."
        case .isUnderReview: return "It is \(not)under review."
        case .its(let attribute, let values):
            return "Its \(attribute.rawValue) is \(holds ? "one" : "none") of \(list(values))."
        case .not(let condition): return condition.sentence(holds: !holds)
        }
    }
}
