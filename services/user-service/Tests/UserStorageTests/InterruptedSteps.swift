import DomainKit
import Foundation
import IdentityEvents
import Logging
import OneTimePasswords
import Postgres
import UserDomain
import UserTestKit
import WebAuthn

@testable import UserStorage

/// An account with a factor, a passkey and a session, and what is done to it in a test.
struct InterruptedAccount: Sendable {
    let accounts: PostgresAccounts
    let factors: PostgresSecondFactors
    let passkeys: PostgresPasskeys
    let user: User
    let session: SessionOpening
    let hash = PasswordHash(phc: "$1")
    let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
    let recovery = ToySecrets().first()

    init(_ database: PostgresClient) async throws {
        accounts = PostgresAccounts(database: database)
        factors = PostgresSecondFactors(database: database, key: .sample())
        passkeys = PostgresPasskeys(database: database)
        var made = try User.sample(at: Date(timeIntervalSince1970: 1_700_000_000))
        made.isEmailVerified = false
        user = try await accounts.insert(made, hash: hash)
        session = .sample(of: user.id)
        _ = try await accounts.open(session)
    }

    var owner: ActingOwner { .sample(user.id, in: session.id) }
    var author: AuditAuthor { owner.author }
    var device: Device { owner.device }
    private let digest = ToySecrets().first()

    func token(_ kind: MailKind) async throws -> Data {
        let mail = try AskedMail(kind, to: user.email, id: UUID(), tokens: ToyMailTokens())
        try await accounts.post(mail, to: user.email)
        return mail.token?.digest ?? Data()
    }

    /// Turns the factor on, in the session there is.
    func confirm() async throws -> Bool {
        try await factors.confirm(
            factor.id, step: 100, recoveryDigests: [recovery], by: owner) == .done
    }

    func withFactor() async throws {
        _ = try await factors.begin(factor, of: user.id)
        _ = try await confirm()
    }

    var firstStep: SignInStep {
        SignInStep(
            digest: digest, userID: user.id, checked: hash, epoch: 0, factor: factor.id,
            strengthened: PasswordHash(phc: "$strong"))
    }

    var draft: KeptPasskey {
        get throws {
            KeptPasskey(
                id: PasskeyID(user.id.uuid), userID: user.id,
                passkey: Passkey(
                    id: Data(user.id.description.utf8), publicKey: Data([1]), signatureCount: 3, transports: [],
                    isBackupEligible: false, isBackedUp: false, model: UUID(), isDiscoverable: nil),
                name: try PasskeyName("a"), createdAt: Date())
        }
    }

    let use = PasskeyUse(signatureCount: 4, isBackedUp: false, isUserVerified: true)
}

/// Each step that people do with their account: what must be so before it, and the step, which says whether it was done.
enum InterruptedStep: String, CaseIterable, Sendable {
    case signUp, verify, reset, password, signIn, begin, confirm, firstStep, secondStep, show, replace, remove
    case addPasskey, passkeySignIn, showPasskey, removePasskey, reused, endAll, challenge, erase
    case askErasure, eraseDue, takeBack, askEmail, confirmEmail, beginExport, lastPiece

    typealias Work = @Sendable () async throws -> Bool

    func prepared(_ a: InterruptedAccount) async throws -> Work {
        switch self {
        case .signUp:
            let new = try User.sample()
            let mail = try AskedMail(.verifyEmail, to: new.email, id: UUID(), tokens: ToyMailTokens())
            return {
                _ = try await a.accounts.insert(new, hash: a.hash, mail: mail); return true
            }
        case .verify:
            let token = try await a.token(.verifyEmail)
            return { try await a.accounts.verifyEmail(token, of: a.user.id, by: a.author) }
        case .reset:
            let token = try await a.token(.resetPassword)
            let new = PasswordHash(phc: "$2")
            return { try await a.accounts.resetPassword(token, of: a.user.id, to: new, by: a.author, on: a.device) }
        case .password:
            _ = try await a.accounts.open(.sample(of: a.user.id))
            return {
                let change = try await a.accounts.changePassword(
                    of: a.user.id, from: a.hash, to: PasswordHash(phc: "$2"), keeping: a.session.id, by: a.author,
                    on: a.device)
                if case .made = change { return true } else { return false }
            }
        case .signIn:
            let opening = SessionOpening.sample(of: a.user.id, strengthened: PasswordHash(phc: "$strong"))
            return { try await a.accounts.open(opening) }
        case .reused:
            return {
                try await a.accounts.revoke(a.session.id, of: a.user.id, on: a.device); return true
            }
        case .endAll:
            return {
                try await a.accounts.endAll(of: a.user.id, except: nil, by: a.author); return true
            }
        case .erase:
            try await a.withFactor()
            return { if case .made = try await a.accounts.erase(a.user.id, ifVersion: 1) { true } else { false } }
        case .askErasure, .eraseDue, .takeBack: return try await ofErasure(a)
        case .askEmail, .confirmEmail: return try await ofEmail(a)
        case .beginExport, .lastPiece: return try await ofExport(a)
        case .begin, .confirm, .firstStep, .secondStep, .show, .replace, .remove: return try await ofFactor(a)
        case .addPasskey, .passkeySignIn, .showPasskey, .removePasskey, .challenge: return try await ofPasskey(a)
        }
    }

    private func ofFactor(_ a: InterruptedAccount) async throws -> Work {
        if self == .begin { return { try await a.factors.begin(a.factor, of: a.user.id) } }
        if self == .confirm {
            _ = try await a.factors.begin(a.factor, of: a.user.id)
            _ = try await a.accounts.open(.sample(of: a.user.id))
            return { try await a.confirm() }
        }
        try await a.withFactor()
        let (factors, user, factor, proof) = (a.factors, a.user.id, a.factor.id, FactorProof.recovery(a.recovery))
        switch self {
        case .firstStep: return { try await factors.keep(a.firstStep) }
        case .secondStep:
            _ = try await factors.keep(a.firstStep)
            let opening = SessionOpening.sample(
                of: user, checked: PasswordHash(phc: "$strong"), secondFactor: factor)
            return { try await factors.open(opening, after: a.firstStep.digest, proof: proof) == .done }
        case .show:
            return {
                try await factors.show(factor, of: user, proof: proof, in: a.session.id, device: a.device) == .done
            }
        case .replace:
            return {
                try await factors.replaceRecoveryCodes(
                    factor, with: [Data(repeating: 2, count: 32)], proof: proof, by: a.owner) == .done
            }
        default:
            return { try await factors.remove(factor, proof: proof, voiding: [.user], by: a.owner) == .done }
        }
    }

    private func ofPasskey(_ a: InterruptedAccount) async throws -> Work {
        let (passkeys, draft) = (a.passkeys, try a.draft)
        if self == .addPasskey {
            return {
                _ = try await passkeys.add(draft, by: a.owner); return true
            }
        }
        let kept = try await passkeys.add(draft, by: a.owner)
        let opening = SessionOpening.sample(of: a.user.id, methods: [.hardwareKey], passkey: kept.id)
        switch self {
        case .passkeySignIn: return { try await passkeys.open(opening, with: kept, after: a.use) }
        case .showPasskey: return { try await passkeys.show(kept, in: a.session.id, after: a.use) }
        case .challenge:
            let challenge = PasskeyChallenge()
            try await passkeys.keep(challenge, for: .signIn)
            return { try await passkeys.take(challenge, for: .signIn) }
        default:
            _ = try await passkeys.open(opening, with: kept, after: a.use)
            return { try await passkeys.remove(kept.id, voiding: [.user], by: a.owner) }
        }
    }

    private func ofErasure(_ a: InterruptedAccount) async throws -> Work {
        let store = PostgresErasures(database: a.accounts.database, logger: Logger(label: "test"))
        try await a.withFactor()
        let seen = try await a.accounts.credentials(of: a.user.id)
        let request: @Sendable () async throws -> ErasureRequest? = {
            guard let seen else { return nil }
            return try await store.request(
                of: seen, on: .code(.recovery(a.recovery)), after: .seconds(604_800), by: a.author)
        }
        if self == .askErasure {
            return { if case .noted = try await request() { true } else { false } }
        }
        _ = try await request()
        if self == .takeBack {
            let opening = SessionOpening.sample(
                of: a.user.id, epoch: 1, secondFactor: a.factor.id, methods: [.password, .oneTimeCode])
            return { try await a.accounts.open(opening) }
        }
        try await a.accounts.database.execute(
            """
            UPDATE pending_erasures SET erase_at = now() - interval '1 second' WHERE user_id = \(a.user.id.uuid)
            """)
        return { try await store.eraseDue(most: 1) == 1 }
    }

    private func ofEmail(_ a: InterruptedAccount) async throws -> Work {
        let email = try EmailAddress("new-\(a.user.email)")
        let change = try EmailChange(from: a.user.email, to: email, ids: SystemIDSource(), tokens: ToyMailTokens())
        let ask: Work = { try await a.accounts.ask(for: change, of: a.user, knowing: a.hash) == .made }
        if self == .askEmail { return ask }
        _ = try await ask()
        let pending = PendingEmailChange(user: a.user, email: email)
        func confirming(_ mail: AskedMail) -> @Sendable () async throws -> EmailChange.State? {
            {
                guard let token = mail.token else { return nil }
                return try await a.accounts.confirm(
                    pending, by: token.digest, for: token.purpose, author: a.author, on: a.device)
            }
        }
        _ = try await confirming(change.new)()
        let last = confirming(change.former)
        return { try await last() == .changed }
    }

    private func ofExport(_ a: InterruptedAccount) async throws -> Work {
        let (store, id) = (PostgresDataExports(database: a.accounts.database), DataExportID(UUID()))
        let begin: Work = { try await store.begin(id, of: a.user.id, in: a.session.id, on: a.device) != nil }
        if self == .beginExport { return begin }
        _ = try await begin()
        let piece = ExportPiece(kind: "things", content: Data("[]".utf8), place: nil)
        for service in ErasureReport.services { try await store.take(piece, number: 0, of: id, from: service) }
        return {
            try await store.take(piece, number: 0, of: id, from: DataExport.ownService)
            return try await store.export(id, of: a.user.id)?.state == .ready
        }
    }
}
