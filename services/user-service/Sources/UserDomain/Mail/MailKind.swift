/// What a mail tells, by the name it is stored under.
public enum MailKind: String, Sendable, Hashable, CaseIterable {
    /// With a token: whoever has it reads the address's mail.
    case verifyEmail = "verify_email"
    /// To an address with which somebody signed up once more.
    case accountExists = "account_exists"
    /// With a token: whoever has it may set a new password.
    case resetPassword = "reset_password"
    case passwordChanged = "password_changed"
}
