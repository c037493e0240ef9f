import DomainKit
import Foundation

/// What a sign-in gives out, and what it stores of that.
struct SessionMaker<Tokens: AccessTokens>: Sendable {
    let tokens: Tokens
    let secrets: any RefreshSecrets
    let rules: SessionRules
    let ids: any IDSource
    let clock: any WallClock

    func mark(_ token: DeviceToken) -> DeviceMark { secrets.digest(of: token.secret) }

    /// - Parameter known: that of a device the account knows; nil makes the device known by a new one.
    func session(
        of account: Credentials, shown methods: Set<AuthenticationMethod>, on device: Device, known: DeviceToken?,
        passkey: PasskeyID? = nil
    ) throws -> (IssuedTokens, SessionOpening) {
        let (user, secret, id, now) = (account.user, secrets.first(), SessionID(ids.ordered()), clock.now)
        let known = known ?? DeviceToken(secret: secrets.first())
        let access = try tokens.issue(to: user, session: id, since: now, by: methods, at: now)
        let opening = SessionOpening(
            id: id, userID: user.id, device: device, chain: RefreshChain(first: secret, secrets: secrets),
            life: min(rules.life, rules.mostLife), checked: account.hash, epoch: user.epoch, mark: mark(known),
            secondFactor: account.secondFactor, methods: methods, passkey: passkey)
        let issued = IssuedTokens(
            access: access, refresh: RefreshToken(session: id, generation: 0, secret: secret), session: id,
            user: user.id, device: known)
        return (issued, opening)
    }
}
