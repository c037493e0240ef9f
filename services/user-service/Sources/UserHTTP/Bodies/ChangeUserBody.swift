import HTTPKit

/// `PATCH /v1/me`: what is left out stays.
struct ChangeUserBody: Decodable {
    let displayName: PatchField<String>

    enum CodingKeys: String, CodingKey {
        case displayName = "display_name"
    }
}
