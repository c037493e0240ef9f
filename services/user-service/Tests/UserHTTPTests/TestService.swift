import AuthKit
import Crypto
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import Logging
import NIOCore
import PlatformTesting
import ServiceKit
import Testing
import UserDomain
import UserHTTP
import UserTestKit

@testable import UserServer
@testable import UserStorage

/// Signing keys that live as long as the test.
struct EphemeralSigningKeys: SigningKeyStore {
    private let keys: [SigningKey]

    init() {
        keys = [SigningKey.State.active, .next].map { state in
            let key = P256.Signing.PrivateKey()
            return SigningKey(id: SigningKey.id(of: key.publicKey), state: state, privateKey: key)
        }
    }

    func prepare() async throws {}
    func load(tokenLife life: Duration) async throws -> [SigningKey] { keys }
    func rotate(_ rules: SigningKeyRules, whenDue isDue: Bool) async throws -> SigningKeyRotation { .notDue }
}

/// The service as it is put together for `serve`, on ports in memory, with real tokens.
struct TestService: Sendable {
    static let password = "tr0ub4dor&3"
    static let form = AccessTokenForm(issuer: "http://issuer.test", audience: "hiroba", life: .seconds(600))

    let accounts: InMemoryAccounts
    let hasher = QuickHasher()
    let clock = TestClock()
    let keyring: Keyring
    let services: InMemoryServiceClients
    let feed = TestFeed()
    let exports: InMemoryDataExports
    let metrics = PrometheusRegistry()
    let responder: EdgeResponder<CallerContext>
    /// Every route there is, with who may call it.
    let table: AccessTable

    init(
        signUps: Int = 1_000, signIns: Int = 1_000, perAccount: Int = 1_000, refreshes: Int = 1_000_000,
        tokenRequests: Int = 1_000, decisions: Int = 1_000, explanations: Int = 1_000, webhooks: Int = 1_000,
        losesAnswers: Bool = false, requiresVerifiedEmail: Bool = false, mails: Int = 1_000,
        requireTwoFactors: String = "", publicURL: String = "http://localhost:8080",
        breached: any BreachedPasswords = NoBreachedPasswords()
    ) async throws {
        accounts = InMemoryAccounts(clock: clock)
        exports = InMemoryDataExports(clock: clock)
        services = InMemoryServiceClients(clock: clock)
        let config = try Settings.load(
            UserConfig.self,
            from: SettingsSource(environment: [
                "KEY_ENCRYPTION_KEY": UserConfigTests.key, "TOKEN_ISSUER": Self.form.issuer, "PUBLIC_URL": publicURL,
                "REQUIRE_VERIFIED_EMAIL": "\(requiresVerifiedEmail)",
                "MAILS_PER_MINUTE": "\(mails)",
                "SIGN_UPS_PER_MINUTE": "\(signUps)", "SIGN_INS_PER_MINUTE": "\(signIns)",
                "REFRESHES_PER_MINUTE": "\(refreshes)", "TOKEN_REQUESTS_PER_MINUTE": "\(tokenRequests)",
                "DECISIONS_PER_MINUTE": "\(decisions)", "EXPLANATIONS_PER_MINUTE": "\(explanations)",
                "REQUIRE_MFA_FOR": requireTwoFactors, "WEBHOOKS_PER_MINUTE": "\(webhooks)",
                "PAYMENT_WEBHOOKS": "shop \(Self.webhookSecret)",
            ])
        ).configuration
        keyring = Keyring(
            keys: EphemeralSigningKeys(),
            form: AccessTokenForm(
                issuer: Self.form.issuer, audience: Self.form.audience, life: Self.form.life,
                rolesOfTwoFactors: config.tokens.rolesOfTwoFactors),
            clock: clock, logger: Logger(label: "test"))
        try await keyring.prepare()
        let answers = InMemoryIdempotencyStore(clock: clock)
        let secrets = HMACServiceSecrets(try #require(KeyEncryptionKey(bytes: config.keyEncryptionKey)))
        let revocations = RevocationTable.current()
        accounts.observe { revocations.apply($0) }
        let adapters = UserAdapters(
            store: accounts, factors: accounts, passkeys: accounts, administration: accounts,
            erasures: accounts,
            dataExports: exports, subjects: accounts,
            hasher: hasher,
            keys: keyring,
            budgets: InMemoryGuessBudgets(most: perAccount, clock: clock), secrets: ToySecrets(),
            mailTokens: ToyMailTokens(), breached: breached,
            idempotency: losesAnswers ? ForgetfulIdempotencyStore(answers) : answers, services: services,
            serviceSecrets: secrets, membershipReports: accounts, identityEvents: feed, revocations: revocations,
            limits: InMemoryRateLimitStore(), decisionCounts: DecisionCounts(metrics: metrics), clock: clock)
        try await Self.declare(at: services, secrets)
        let routes = adapters.routes(config)
        table = routes.table
        responder = routes.edge()
    }

    /// What the one payment provider there is, `shop`, signs with.
    static let webhookSecret = "whsec_" + Data(repeating: 5, count: 32).base64EncodedString()
    static let service = "chat-service"
    static let exporter = "video-service"
    /// May read of accounts, and has no part in exports.
    static let reader = "mail-service"
    static let serviceSecret = String(repeating: "s3cret", count: 6)

    /// Lets a service get tokens, with two of the three scopes, and two others with the third.
    private static func declare(
        at services: InMemoryServiceClients, _ secrets: HMACServiceSecrets
    ) async throws {
        let secret = try #require(ServiceSecret(serviceSecret))
        let scopes: [String: Set<ServiceScope>] = [
            service: [.identityEvents, .decide], exporter: [.readUsers], reader: [.readUsers],
        ]
        try await services.declare(
            scopes.map { name, scopes in
                let id = ServiceClientID(stored: name)
                return ServiceClientDeclaration(id: id, scopes: scopes, secret: secrets.digest(of: secret, for: id))
            }, overlap: .seconds(60))
    }

    var application: some ApplicationProtocol {
        Application(responder: responder, server: .edge())
    }

    /// Runs `body` with a client of the routes.
    func serve<Value: Sendable>(
        _ kind: TestingSetup = .router, _ body: @escaping @Sendable (TestUserClient) async throws -> Value
    ) async throws -> Value {
        try await application.test(kind) { try await body(TestUserClient(client: $0)) }
    }
}

/// Speaks the API as a client does.
struct TestUserClient: Sendable {
    static let document = Result { try OpenAPIDocument(yaml: UserSpecification.bytes) }

    let client: any TestClientProtocol

    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ json: String? = nil, token: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> ServiceAnswer {
        var headers = headers
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if let token { headers[.authorization] = "Bearer \(token)" }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) })
        let findings = try Self.document.get().findings(
            in: response.body, of: method, path, status: response.status.code,
            contentType: response.headers[.contentType])
        #expect(findings == [], "every answer is as documented")
        return ServiceAnswer(
            status: response.status, headers: response.headers, body: Data(response.body.readableBytesView))
    }

    /// Asks for a service's token, with these parameters in the form.
    func grant(
        _ form: String = "grant_type=client_credentials",
        basic: String? = "\(TestService.service):\(TestService.serviceSecret)",
        headers: HTTPFields = [:]
    ) async throws -> ServiceAnswer {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        if let basic { headers[.authorization] = "Basic " + Data(basic.utf8).base64EncodedString() }
        return try await send(.post, "/oauth2/token", form, headers: headers)
    }

    /// Signs a new user up and in.
    func newUser(email: String = "\(UUID().lowercased)@example.com") async throws -> SignedIn {
        let created = try await send(
            .post, "/v1/users",
            #"{"email":"\#(email)","password":"\#(TestService.password)","display_name":"花子"}"#)
        guard created.status == .created else { throw UnexpectedAnswer(created) }
        return try await signIn(email: email)
    }

    func signIn(email: String, password: String = TestService.password) async throws -> SignedIn {
        let answer = try await send(.post, "/v1/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#)
        guard answer.status == .created else { throw UnexpectedAnswer(answer) }
        return try SignedIn(email: email, answer: answer)
    }
}

struct SignedIn: Sendable {
    let email: String
    let access: String
    let refresh: String
    let session: String
    let user: String

    init(email: String, answer: ServiceAnswer) throws {
        self.email = email
        access = try answer.string("access_token")
        refresh = try answer.string("refresh_token")
        session = try answer.string("session_id")
        user = try answer.string("user_id")
    }
}
