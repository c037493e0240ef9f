import DomainKit
import Foundation

/// What of an account a ruling is about, as the audit trail keeps it: a JSON object of nothing else, in one form. What has no
/// value within a ban or a membership is left out.
public struct AuditFacts: Sendable {
    private let account: User
    private let ruling: Ruling

    public init(of account: User, for ruling: Ruling) {
        self.account = account
        self.ruling = ruling
    }

    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension AuditFacts: Encodable {
    private enum CodingKeys: String, CodingKey {
        case ban, membership, roles
        case displayName = "display_name"
        case isEmailVerified = "email_verified"
    }

    private struct BanFacts: Encodable {
        let reason: String
        let at: String
        let until: String?
    }

    private struct MembershipFacts: Encodable {
        let tier: String
        let validFrom: String?
        let validUntil: String?
        let source: String?

        enum CodingKeys: String, CodingKey {
            case tier, source
            case validFrom = "valid_from"
            case validUntil = "valid_until"
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var facts = encoder.container(keyedBy: CodingKeys.self)
        switch ruling {
        case .profile:
            try facts.encode(account.displayName.description, forKey: .displayName)
            try facts.encode(account.isEmailVerified, forKey: .isEmailVerified)
        case .roles:
            try facts.encode(account.roles.map(\.rawValue).sorted(), forKey: .roles)
        case .ban, .liftBan:
            let ban = account.ban.map {
                BanFacts(
                    reason: $0.reason, at: RFC3339.string(from: $0.at),
                    until: $0.until.map(RFC3339.string(from:)))
            }
            try facts.encode(ban, forKey: .ban)
        case .membership:
            let membership = account.membership ?? Membership(tier: Membership.freeTier)
            let told = MembershipFacts(
                tier: membership.tier, validFrom: membership.from.map(RFC3339.string(from:)),
                validUntil: membership.until.map(RFC3339.string(from:)), source: membership.source)
            try facts.encode(told, forKey: .membership)
        }
    }
}
