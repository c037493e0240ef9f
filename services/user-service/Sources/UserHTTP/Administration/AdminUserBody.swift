import DomainKit
import HTTPKit
import UserDomain

/// An account as admins see it.
struct AdminUserBody: JSONWritable {
    static let endOfVersion: Character = "."

    let account: ManagedUser

    /// The account's version, which is what changes are made to, and behind the first point what is shown and changes without
    /// another one: sessions come and go, tokens are voided, bans and memberships begin and end by the time.
    var etag: ETag {
        let user = account.user
        let standing = (user.ban == nil ? "" : "b") + (user.tier == Membership.freeTier ? "" : "m")
        return ETag("\(user.version)\(Self.endOfVersion)\(user.epoch).\(account.sessionCount).\(standing)")
    }

    func write(to json: inout JSONWriter) {
        let user = account.user
        json.object {
            $0.member("id", user.id)
            $0.member("email", user.email.description)
            $0.member("email_verified", user.isEmailVerified)
            $0.member("display_name", user.displayName.description)
            $0.member("roles", user.roles.map(\.rawValue).sorted())
            $0.member("ban", user.ban.map { BanState(ban: $0) })
            $0.member("tier", user.tier)
            $0.member("membership", MembershipState(membership: user.membership))
            $0.member("sessions", account.sessionCount)
            $0.member("version", user.version)
            $0.member("epoch", user.epoch)
            $0.member("created_at", user.createdAt)
            $0.member("updated_at", user.updatedAt)
        }
    }

    private struct BanState: JSONWritable {
        let ban: Ban

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("reason", ban.reason)
                $0.member("at", ban.at)
                $0.member("until", ban.until)
            }
        }
    }

    private struct MembershipState: JSONWritable {
        let membership: Membership?

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("tier", membership?.tier ?? Membership.freeTier)
                $0.member("valid_from", membership?.from)
                $0.member("valid_until", membership?.until)
                $0.member("source", membership?.source)
            }
        }
    }
}
