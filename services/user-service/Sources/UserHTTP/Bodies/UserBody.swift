import DomainKit
import HTTPKit
import UserDomain

/// An account as its owner sees it.
struct UserBody: JSONWritable {
    let user: User

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", user.id)
            $0.member("email", user.email.description)
            $0.member("email_verified", user.isEmailVerified)
            $0.member("display_name", user.displayName.description)
            $0.member("roles", user.roles.map(\.rawValue).sorted())
            $0.member("created_at", user.createdAt)
            $0.member("updated_at", user.updatedAt)
        }
    }

    var etag: ETag { ETag(user.version) }
}

/// An account as everybody sees it.
struct PublicUserBody: JSONWritable {
    let user: User

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", user.id)
            $0.member("display_name", user.displayName.description)
            $0.member("created_at", user.createdAt)
        }
    }

    var etag: ETag { ETag(user.version) }
}
