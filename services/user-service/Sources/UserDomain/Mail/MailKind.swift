/// What a mail tells, by the name it is stored under.
public enum MailKind: Sendable, Hashable {
    /// With a token: whoever has it reads the address's mail.
    case verifyEmail
    /// To an address that is an account's, and that somebody wanted for another one.
    case accountExists
    /// With a token: whoever has it may set a new password.
    case resetPassword
    /// With a token, to the address that an account has and is not to have any more.
    case confirmFormerEmail
    /// With a token, to the address that an account is to have.
    case confirmNewEmail
    /// Of something that was done.
    case notice(SecurityEvent.Kind)

    public static let all: [MailKind] =
        [.verifyEmail, .accountExists, .resetPassword, .confirmFormerEmail, .confirmNewEmail]
        + SecurityEvent.Kind.allCases.map { .notice($0) }

    public var name: String {
        switch self {
        case .verifyEmail: "verify_email"
        case .accountExists: "account_exists"
        case .resetPassword: "reset_password"
        case .confirmFormerEmail: "confirm_former_email"
        case .confirmNewEmail: "confirm_new_email"
        case .notice(let event): event.rawValue
        }
    }

    /// Nil for one of a later version.
    public init?(name: String) {
        guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// What the token in it is good for; nil where there is none.
    public var purpose: MailToken.Purpose? {
        switch self {
        case .verifyEmail: .verifyEmail
        case .resetPassword: .resetPassword
        case .confirmFormerEmail: .confirmFormerEmail
        case .confirmNewEmail: .confirmNewEmail
        case .accountExists, .notice: nil
        }
    }
}
