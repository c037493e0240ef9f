import Foundation
import HTTPKit

/// `PATCH /v1/admin/users/{id}`: what is left out stays.
struct ChangeManagedUserBody: Decodable {
    let displayName: PatchField<String>
    let isEmailVerified: PatchField<Bool>

    enum CodingKeys: String, CodingKey {
        case displayName = "display_name"
        case isEmailVerified = "email_verified"
    }
}

/// `PUT /v1/admin/users/{id}/roles`.
struct RolesBody: Decodable {
    let roles: [String]

    enum CodingKeys: String, CodingKey {
        case roles
    }
}

/// `PUT /v1/admin/users/{id}/ban`.
struct BanBody: Decodable {
    let reason: String
    /// Without one the ban stays until it is lifted.
    let until: Date?

    enum CodingKeys: String, CodingKey {
        case reason, until
    }
}

/// `PUT /v1/admin/users/{id}/membership`.
struct MembershipBody: Decodable {
    let tier: String
    let validFrom: Date
    /// Without one the membership has no end.
    let validUntil: Date?
    let source: String

    enum CodingKeys: String, CodingKey {
        case tier, source
        case validFrom = "valid_from"
        case validUntil = "valid_until"
    }
}
