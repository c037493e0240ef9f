import HTTPKit

/// `POST /v1/users`.
struct SignUpBody: Decodable {
    let email: String
    let password: String
    let displayName: String

    enum CodingKeys: String, CodingKey {
        case email, password
        case displayName = "display_name"
    }
}

/// `POST /v1/sessions`.
struct SignInBody: Decodable {
    let email: String
    let password: String
    /// Of an earlier sign-in; whatever it is, it never makes the call fail.
    let deviceToken: String?

    enum CodingKeys: String, CodingKey {
        case email, password
        case deviceToken = "device_token"
    }
}

/// `POST /v1/sessions/refresh`.
struct RefreshBody: Decodable {
    let refreshToken: String

    enum CodingKeys: String, CodingKey {
        case refreshToken = "refresh_token"
    }
}

/// `PUT /v1/me/password`.
struct ChangePasswordBody: Decodable {
    let currentPassword: String
    let newPassword: String

    enum CodingKeys: String, CodingKey {
        case currentPassword = "current_password"
        case newPassword = "new_password"
    }
}

/// `PATCH /v1/me`: what is left out stays.
struct ChangeUserBody: Decodable {
    let displayName: PatchField<String>

    enum CodingKeys: String, CodingKey {
        case displayName = "display_name"
    }
}
