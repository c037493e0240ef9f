import HTTPKit

/// `POST /v1/email-verifications` and `POST /v1/password-resets`.
struct AskForMailBody: Decodable {
    let email: String
}

/// `POST /v1/email-verifications/confirm`.
struct ConfirmVerificationBody: Decodable {
    let token: String
}

/// `POST /v1/password-resets/confirm`.
struct ConfirmResetBody: Decodable {
    let token: String
    let newPassword: String

    enum CodingKeys: String, CodingKey {
        case token
        case newPassword = "new_password"
    }
}
