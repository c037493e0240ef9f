import AWSIdentity
import AuthKit
import DataExports
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import IdentityEvents
import Logging
import Mail
import Postgres
import Redis
import RedisIdentityEvents
import RedisLimits
import ServiceKit
import ServiceLifecycle
import UserDomain
import UserHTTP
import UserStorage

/// The one place where the parts of user-service meet.
struct UserWiring: Sendable {
    /// The key was checked when the settings were read; this is for the compiler's sake, with words for people.
    struct UnusableKey: Error, CustomStringConvertible {
        var description: String { "KEY_ENCRYPTION_KEY: must be 32 bytes in base64" }
    }

    /// As above.
    struct UnusableSender: Error, CustomStringConvertible {
        var description: String { "MAIL_FROM: must be an e-mail address" }
    }

    let config: UserConfig
    let logger: Logger
    let database: PostgresClient
    let redis: RedisClient
    let feed: PostgresIdentityFeed
    let follower: IdentityFollower
    let keyring: Keyring
    let postman: Postman
    let adapters: UserAdapters<PostgresAccounts, Argon2PasswordHasher, Keyring>

    init(_ config: UserConfig, logger: Logger) throws {
        self.config = config
        self.logger = logger
        guard let key = KeyEncryptionKey(bytes: config.keyEncryptionKey) else { throw UnusableKey() }
        var postgres = PostgresConfiguration(connectionString: config.databaseURL)
        postgres.applicationName = UserServer.name
        database = PostgresClient(postgres, logger: logger)
        redis = RedisClient(try RedisConfiguration(url: config.redisURL), logger: logger)
        feed = PostgresIdentityFeed(database: database)
        let revocations = RevocationTable()
        follower = IdentityFollower(
            table: revocations, stream: RedisIdentityStream(redis: redis), feed: feed, logger: logger)
        keyring = Keyring(
            store: PostgresSigningKeys(database: database, sealing: key, logger: logger), form: config.tokens,
            logger: logger)
        guard let sender = config.mailSender else { throw UnusableSender() }
        let mailTokens = SealedMailTokens(key)
        postman = Postman(
            database: database, tokens: mailTokens, transport: try Self.transport(config.mail),
            writer: MailWriter(from: sender, bouncesTo: config.mailBounces, console: config.common.publicURL),
            logger: logger)
        adapters = UserAdapters(
            store: PostgresAccounts(database: database), factors: PostgresSecondFactors(database: database, key: key),
            passkeys: PostgresPasskeys(database: database),
            administration: PostgresAdministration(database: database),
            erasures: PostgresErasures(database: database, logger: logger),
            dataExports: PostgresDataExports(database: database),
            subjects: PostgresDecisionSubjects(database: database),
            hasher: Argon2PasswordHasher(effort: config.argon2, lanes: config.hashLanes, waiting: config.hashQueue),
            keys: keyring,
            budgets: PostgresGuessBudgets(database: database, key: key, most: config.signInFailuresPerAccount),
            secrets: HMACRefreshSecrets(key), mailTokens: mailTokens,
            breached: config.breachedPasswords ?? NoBreachedPasswords(),
            idempotency: KeptAnswers.store(in: database, under: key),
            services: PostgresServiceClients(database: database), serviceSecrets: HMACServiceSecrets(key),
            membershipReports: PostgresMembershipReports(database: database), identityEvents: feed,
            revocations: revocations,
            limits: RedisRateLimitStore(redis, patience: .milliseconds(250), logger: logger))
    }

    /// Only SES asks who this process is to AWS; there, an environment that says it wrong stops the start.
    private static func transport(_ mail: MailURL) throws -> any MailTransport {
        guard case .ses = mail else { return mail.transport() }
        return mail.transport(credentials: try AWSIdentity())
    }

    /// Takes over which services may get tokens.
    func declare(_ clients: [ServiceClientList.Line]) async throws {
        let secrets = adapters.serviceSecrets
        try await adapters.services.declare(
            clients.map {
                ServiceClientDeclaration(
                    id: $0.id, scopes: $0.scopes, secret: secrets.digest(of: $0.secret, for: $0.id))
            }, overlap: ServiceClientList.overlap)
        logger.info("service clients", metadata: ["clients": "\(clients.map(\.id.description))"])
    }

    private var sweeper: Sweeper { Sweeper(database: database, logger: logger) }
    private var anchor: AuditAnchor { AuditAnchor(database: database, logger: logger) }
    private var erasures: DueErasures { DueErasures(store: adapters.erasures) }
    private var exports: DataExportFollower {
        DataExportFollower(
            feed: OwnDataExports(store: adapters.dataExports), exporter: PostgresUserExporter.exporter(database),
            logger: logger)
    }
    private var standings: PostgresStandings { PostgresStandings(database: database) }

    func host(_ boot: Boot) -> ServiceHost {
        ServiceHost(
            boot, common: config.common, routes: adapters.routes(config), checks: checks, services: services)
    }

    /// What runs as long as the service does, drivers first.
    var services: [any Service] {
        [
            database, redis, keyring,
            IdentityRelay(
                database: database, feed: feed, publisher: RedisIdentityPublisher(redis: redis), logger: logger),
            follower, postman,
            Housekeeping(
                [
                    Chore("expired rows", every: .seconds(300)) { [sweeper] in await sweeper.sweep() },
                    Chore("audit head", every: .seconds(60)) { [anchor] in try await anchor.tell() },
                    Chore("mails that wait", every: .seconds(15)) { [postman] in try await postman.measure() },
                    Chore("bans and memberships", every: .milliseconds(250), pausing: .zero) { [standings] in
                        try await standings.settle()
                    },
                    Chore("erasures", every: .seconds(1), pausing: .zero) { [erasures] in try await erasures.erase() },
                    Chore("data exports", every: .seconds(5), pausing: .milliseconds(50)) { [exports] in
                        try await exports.work()
                    },
                    Chore("data exports behind", every: .seconds(60)) { [database] in
                        try await PostgresDataExports(database: database).measure()
                    },
                    Chore("erasures behind", every: .seconds(60)) { [erasures] in try await erasures.measure() },
                    Chore("signing keys", every: .seconds(60)) { [keyring, config] in
                        try await keyring.rotate(config.signingKeys, whenDue: true)
                    },
                ], logger: logger),
        ]
    }

    var checks: [HealthCheck] {
        [
            HealthCheck("postgres") { [database] in try await database.ping() },
            // What voids tokens is told by the database then, later.
            HealthCheck("redis", .helpful) { [redis] in try await redis.ping() },
            HealthCheck("identity") { [follower] in try follower.check() },
            HealthCheck("clock") { [follower] in try follower.checkClock() },
            // It waits, and goes out later.
            HealthCheck("mail", .helpful) { [postman] in try postman.condition.check() },
            HealthCheck("signing-keys") { [keyring] in try keyring.check() },
        ]
    }
}
