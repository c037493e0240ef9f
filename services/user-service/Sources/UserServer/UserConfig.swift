import DomainKit
import Foundation
import Mail
import ServiceKit
import UserDomain
import UserHTTP
import UserStorage
import WebAuthn

/// Every setting of user-service.
struct UserConfig: ServiceConfiguration {
    let common: CommonSettings
    let databaseURL: String
    let redisURL: String
    let keyEncryptionKey: Data
    let tokens: AccessTokenForm
    let sessions: SessionRules
    let stepUp: StepUpRules
    let argon2: Argon2Effort
    let hashLanes: Int
    let hashQueue: Int
    /// Nil takes every password that no rule refuses.
    let breachedPasswords: BreachedPasswordFile?
    let signUpsPerMinute: Int
    let signInsPerMinute: Int
    let signInFailuresPerAccount: Int
    let requiresVerifiedEmail: Bool
    let mail: MailURL
    let mailSender: MailAddress?
    /// Nil where that is the sender.
    let mailBounces: MailAddress?
    let mailsPerMinute: Int
    let refreshesPerMinute: Int
    let tokenRequestsPerMinute: Int
    let decisionsPerMinute: Int
    let explanationsPerMinute: Int
    /// Nil leaves the clients as they are.
    let serviceClients: [ServiceClientList.Line]?
    /// By the names of the providers; none when empty.
    let paymentWebhooks: [PaymentSource: [WebhookSecret]]
    let webhooksPerMinute: Int
    let signingKeys: SigningKeyRules
    /// Zero erases at once.
    let erasureGrace: Duration

    /// What passkeys are bound to; nil where clients find the platform at an address, which can have none.
    var site: RelyingParty? { try? RelyingParty(url: common.publicURL, name: "Hiroba") }

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8081, operationsPort: 9081)
        databaseURL = settings.secret(
            "DATABASE_URL", default: "postgres://user_service@127.0.0.1:15432/user_service", "Where PostgreSQL is")
        redisURL = settings.secret(
            "REDIS_URL", default: "redis://127.0.0.1:16379", "Redis, where what voids tokens is told")
        keyEncryptionKey = settings.secretKey(
            "KEY_ENCRYPTION_KEY", byteCount: 32, "Base64 of 32 bytes: seals the signing keys in the database")
        let rolesOfTwoFactors = Self.rolesOfTwoFactors(from: &settings)
        tokens = AccessTokenForm(
            issuer: settings.string(
                "TOKEN_ISSUER", default: common.publicURL, "The iss of access tokens, a URL clients reach"),
            audience: settings.string("TOKEN_AUDIENCE", default: "hiroba", "The aud of access tokens"),
            life: settings.seconds(
                "ACCESS_TOKEN_SECONDS", default: 600, in: 10...3_600, "How long an access token is valid"),
            rolesOfTwoFactors: rolesOfTwoFactors)
        stepUp = StepUpRules(
            rolesOfTwoFactors: rolesOfTwoFactors,
            freshFor: settings.seconds(
                "STEP_UP_SECONDS", default: 600, in: 10...86_400,
                "So long after showing who they are people change factors and address, and admins of REQUIRE_MFA_FOR roles and bans"
            ))
        sessions = SessionRules(
            life: .seconds(
                86_400
                    * settings.integer(
                        "REFRESH_TOKEN_DAYS", default: 30, in: 1...365, "A session unused for so many days ends")),
            mostLife: .seconds(
                86_400
                    * settings.integer(
                        "SESSION_DAYS", default: 180, in: 1...3_650, "A session ends so many days after the sign-in")),
            reuseGrace: settings.seconds(
                "REFRESH_REUSE_GRACE_SECONDS", default: 10, in: 0...60,
                "For so long a spent refresh token still gives the same successor"),
            unusedGrace: settings.seconds(
                "REFRESH_UNUSED_GRACE_SECONDS", default: 120, in: 0...600,
                "For so long it does as long as that successor has not been used"))
        argon2 = Argon2Effort(
            memoryKiB: UInt32(
                settings.integer("ARGON2_MEMORY_KIB", default: 19_456, in: 64...1_048_576, "Memory of a password hash")),
            passes: UInt32(settings.integer("ARGON2_PASSES", default: 2, in: 1...64, "Passes of a password hash")))
        hashLanes = settings.integer(
            "PASSWORD_HASH_LANES", default: min(8, ProcessInfo.processInfo.activeProcessorCount), in: 1...64,
            "Passwords hashed at the same time")
        hashQueue = settings.integer(
            "PASSWORD_HASH_QUEUE", default: 64, in: 0...10_000, "Passwords waiting to be hashed; beyond that 503")
        breachedPasswords = BreachedPasswordSetting.read(from: &settings)
        signUpsPerMinute = settings.integer(
            "SIGN_UPS_PER_MINUTE", default: 10, in: 1...1_000_000, "Sign-ups from one address")
        signInsPerMinute = settings.integer(
            "SIGN_INS_PER_MINUTE", default: 30, in: 1...1_000_000, "Sign-ins from one address")
        signInFailuresPerAccount = settings.integer(
            "SIGN_IN_FAILURES_PER_ACCOUNT", default: 10, in: 1...1_000_000,
            "Wrong passwords to one account in 15 minutes; as many from each device it knows")
        requiresVerifiedEmail = settings.bool(
            "REQUIRE_VERIFIED_EMAIL", default: true,
            "Nobody signs in before the address is verified, and signing up does not tell who has an account")
        mail = MailSettings.transport(from: &settings)
        mailSender = MailSettings.sender(from: &settings)
        mailBounces = MailSettings.bounces(from: &settings)
        mailsPerMinute = settings.integer(
            "MAILS_PER_MINUTE", default: 10, in: 1...1_000_000, "Mails asked for from one address")
        refreshesPerMinute = settings.integer(
            "REFRESHES_PER_MINUTE", default: 600, in: 1...1_000_000, "Refreshed sessions from one address")
        tokenRequestsPerMinute = settings.integer(
            "TOKEN_REQUESTS_PER_MINUTE", default: 300, in: 1...1_000_000, "Services' token requests from one address")
        decisionsPerMinute = settings.integer(
            "DECISIONS_PER_MINUTE", default: 60_000, in: 1...10_000_000,
            "One service's calls for decisions, of up to 100 questions each")
        explanationsPerMinute = settings.integer(
            "EXPLANATIONS_PER_MINUTE", default: 600, in: 1...1_000_000,
            "One moderator's calls for decisions and explanations")
        serviceClients = ServiceClientList.read(from: &settings)
        paymentWebhooks = PaymentWebhookList.read(from: &settings)
        webhooksPerMinute = settings.integer(
            "WEBHOOKS_PER_MINUTE", default: 600, in: 1...1_000_000, "Deliveries of payment providers from one address")
        signingKeys = SigningKeyRules(
            signsFor: .seconds(
                86_400
                    * settings.integer(
                        "SIGNING_KEY_DAYS", default: 30, in: 1...3_650, "A key signs access tokens for so many days")),
            publishedFor: settings.seconds(
                "SIGNING_KEY_PUBLISHED_SECONDS", default: 3_600, in: 0...86_400,
                "For so long a key is published before it signs"))
        erasureGrace = settings.seconds(
            "ERASURE_GRACE_SECONDS", default: 604_800, in: 0...31_536_000,
            "So long after its owner asked for it an account is erased; 0 erases at once")
    }

    /// `REQUIRE_MFA_FOR`.
    private static func rolesOfTwoFactors(from settings: inout SettingsReader) -> Set<Role> {
        let key = "REQUIRE_MFA_FOR"
        let names = settings.list(key, "Roles that tokens say only where two factors were shown")
        let roles = names.compactMap { Role(rawValue: $0) }
        if roles.count < names.count {
            settings.note(key, "must be of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return Set(roles)
    }
}
