public import Foundation

/// The secret in a mail by which somebody proves to have got it: once, for one purpose, for a while.
public struct MailToken: MarkedToken {
    /// What one is good for, by the name it is stored under. It is good for nothing else.
    public enum Purpose: String, Sendable, Hashable {
        case verifyEmail = "verify_email"
        case resetPassword = "reset_password"
        /// Whoever has it reads the mail of the address that the account has, and wants another one for it.
        case confirmFormerEmail = "confirm_former_email"
        /// Whoever has it reads the mail of the address that the account is to have.
        case confirmNewEmail = "confirm_new_email"

        /// Those of a change of address, which goes on with either.
        public static let ofEmailChange: [Purpose] = [.confirmFormerEmail, .confirmNewEmail]

        public var life: Duration {
            switch self {
            case .verifyEmail, .confirmFormerEmail, .confirmNewEmail: .seconds(86_400)
            case .resetPassword: .seconds(3_600)
            }
        }
    }

    public static let mark = "hmt_"

    public let secret: Data

    public init(secret: Data) {
        self.secret = secret
    }
}
