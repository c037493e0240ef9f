public import DomainKit
import Foundation
public import WebAuthn

/// Opens a session for whoever has an account's passkey and unlocks it: two factors at once, and no password.
public struct SignInWithPasskey<Tokens: AccessTokens>: Sendable {
    /// Each further look means that the account or the passkey was changed in the same few milliseconds.
    private static var mostLooks: Int { 4 }

    private let passkeys: any PasskeyStore
    private let site: RelyingParty?
    private let maker: SessionMaker<Tokens>
    private let requiresVerifiedEmail: Bool

    /// - Parameter site: nil where the platform has no domain name.
    public init(
        passkeys: any PasskeyStore, site: RelyingParty?, tokens: Tokens, secrets: any RefreshSecrets,
        rules: SessionRules, ids: any IDSource, clock: any WallClock, requiresVerifiedEmail: Bool = false
    ) {
        self.passkeys = passkeys
        self.site = site
        maker = SessionMaker(tokens: tokens, secrets: secrets, rules: rules, ids: ids, clock: clock)
        self.requiresVerifiedEmail = requiresVerifiedEmail
    }

    /// What a browser needs to ask for one. It says nothing of who has one.
    ///
    /// Fails: `passkeysUnusable`, unavailable.
    public func options() async throws -> RequestOptions {
        guard let site else { throw Failure.passkeysUnusable }
        let challenge = PasskeyChallenge()
        try await passkeys.keep(challenge, for: .signIn)
        return site.requestOptions(challenge: challenge, timeout: KeptPasskey.challengeLife)
    }

    /// The challenge is used up first, whatever becomes of it. That an account is banned, or its address not verified where it must
    /// be, is told to whoever has its passkey.
    ///
    /// Fails: `passkeysUnusable`, `passkeyWrong`, `banned`, `emailNotVerified`, unavailable. Cancelling before the session is stored leaves nothing
    /// behind.
    public func callAsFunction(
        _ credential: AssertedCredential, device: Device, knownBy token: DeviceToken? = nil
    ) async throws -> IssuedTokens {
        guard let site else { throw Failure.passkeysUnusable }
        guard let challenge = credential.claimedChallenge, try await passkeys.take(challenge, for: .signIn) else {
            throw Failure.passkeyWrong(because: "challenge")
        }
        for _ in 0..<Self.mostLooks {
            let mark = token.map(maker.mark)
            guard let holder = try await passkeys.holder(of: credential.rawID, device: mark) else {
                throw Failure.passkeyWrong(because: "unknown")
            }
            let (kept, account) = (holder.kept, holder.account)
            let use = try Self.verified(credential, challenge, by: kept, at: site)
            try account.user.mustNotBeBanned()
            if requiresVerifiedEmail, !account.user.isEmailVerified { throw Failure.emailNotVerified }
            let (issued, opening) = try maker.session(
                of: account, shown: [kept.method], on: device, known: account.isDeviceKnown ? token : nil,
                passkey: kept.id)
            if try await passkeys.open(opening, with: kept, after: use) { return issued }
        }
        throw Failure.unavailable("account")
    }

    private static func verified(
        _ credential: AssertedCredential, _ challenge: PasskeyChallenge, by kept: KeptPasskey, at site: RelyingParty
    ) throws(Failure) -> PasskeyUse {
        do throws(CeremonyFailure) {
            return try site.verify(credential, challenge: challenge, by: kept.passkey, of: kept.userID.handle)
        } catch {
            throw .passkeyWrong(because: "\(error)")
        }
    }
}
