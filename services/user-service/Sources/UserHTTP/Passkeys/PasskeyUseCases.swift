import DomainKit
import Foundation
import UserDomain
import WebAuthn

/// What the routes of passkeys can do.
struct PasskeyUseCases: Sendable {
    let list: @Sendable (UserID, PageRequest) async throws -> Page<KeptPasskey>
    let creationOptions: @Sendable (ActingOwner) async throws -> CreationOptions
    let add: @Sendable (CreatedCredential, _ name: String?, _ id: UUID?, ActingOwner) async throws -> KeptPasskey
    let remove: @Sendable (PasskeyID, ActingOwner) async throws -> Void
    let requestOptions: @Sendable () async throws -> RequestOptions
    let signIn: @Sendable (AssertedCredential, Device, DeviceToken?) async throws -> IssuedTokens

    init(
        store: some UserStore & SessionStore, passkeys: any PasskeyStore, site: RelyingParty?,
        tokens: some AccessTokens, secrets: any RefreshSecrets, requiresVerifiedEmail: Bool, rules: SessionRules,
        stepUp: StepUpRules, ids: any IDSource, clock: any WallClock
    ) {
        let own = ManagePasskeys(
            users: store, sessions: store, passkeys: passkeys, site: site, stepUp: stepUp, ids: ids, clock: clock)
        list = { try await own.list(of: $0, page: $1) }
        creationOptions = { try await own.options($0) }
        add = { try await own.add($0, name: $1, id: $2, by: $3) }
        remove = { try await own.remove($0, by: $1) }
        let signing = SignInWithPasskey(
            passkeys: passkeys, site: site, tokens: tokens, secrets: secrets, rules: rules, ids: ids, clock: clock,
            requiresVerifiedEmail: requiresVerifiedEmail)
        requestOptions = { try await signing.options() }
        signIn = { try await signing($0, device: $1, knownBy: $2) }
    }
}
