public import DomainKit
public import UserDomain

/// What the routes can do, put together once.
public struct UserUseCases<
    Store: UserStore & SessionStore, Hasher: PasswordHasher, Tokens: AccessTokens & PublishedKeys
>: Sendable {
    let signUp: SignUp<Store, Hasher>
    let signIn: SignIn<Store, Store, Hasher, Tokens>
    let refresh: RefreshSession<Store, Tokens>
    let sessions: ManageSessions<Store>
    let account: ManageAccount<Store>
    let changePassword: ChangePassword<Store, Store, Hasher>
    let keys: Tokens

    public init(
        store: Store, hasher: Hasher, tokens: Tokens, secrets: any RefreshSecrets, rules: SessionRules,
        ids: any IDSource = SystemIDSource(), clock: any WallClock = SystemWallClock()
    ) {
        signUp = SignUp(users: store, hasher: hasher, ids: ids, clock: clock)
        signIn = SignIn(
            users: store, sessions: store, hasher: hasher, tokens: tokens, secrets: secrets, rules: rules, ids: ids,
            clock: clock)
        refresh = RefreshSession(
            sessions: store, tokens: tokens, secrets: secrets, rules: rules, ids: ids, clock: clock)
        sessions = ManageSessions(sessions: store, clock: clock)
        account = ManageAccount(users: store, clock: clock)
        changePassword = ChangePassword(users: store, sessions: store, hasher: hasher)
        keys = tokens
    }
}
