import HTTPKit
import UserDomain

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

/// `POST /v1/me/email`.
struct ChangeEmailBody: Decodable {
    let email: String
    let password: String
}

/// `POST /v1/email-changes/confirm`.
struct ConfirmEmailChangeBody: Decodable {
    let token: String
}

/// How far a change of address has come.
struct EmailChangeBody: JSONWritable {
    let state: EmailChange.State

    func write(to json: inout JSONWriter) {
        json.object { $0.member("state", state.rawValue) }
    }
}
