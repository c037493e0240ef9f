import ChatDomain
import ChatHTTP
import DomainKit
import Foundation
import ServiceKit

/// Every setting of the service.
struct ChatConfig: ServiceConfiguration {
    let common: CommonSettings
    let databaseURL: String
    let appendLanes: Int
    let appendLinger: Duration
    let redisURL: String
    let tokens: TokenSettings
    let tokenCacheCapacity: Int
    let identity: IdentitySettings
    let quotas: ChatQuotas
    let rates: ChatRates
    let showsReadMarks: Bool
    let showsPresence: Bool
    /// With what cannot be set from outside as it is by default.
    var live: LiveSettings

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8083, operationsPort: 9083)
        databaseURL = settings.secret(
            "DATABASE_URL", default: "postgres://chat_service@127.0.0.1:15432/chat_service",
            "PostgreSQL connection string")
        appendLanes = settings.integer(
            "APPEND_LANES", default: 1, in: 1...16, "Groups of messages being committed at the same time")
        appendLinger = .milliseconds(
            settings.integer(
                "APPEND_LINGER_MILLISECONDS", default: 8, in: 0...1_000,
                "How long a small group of messages waits for more, under load"))
        redisURL = settings.secret("REDIS_URL", default: "redis://127.0.0.1:16379", "Redis the replicas meet at")
        tokens = TokenSettings(from: &settings, issuer: common.publicURL)
        tokenCacheCapacity = settings.integer(
            "TOKEN_CACHE_CAPACITY", default: 65_536, in: 1...10_000_000, "Verified tokens remembered")
        identity = IdentitySettings(from: &settings, defaultClient: "chat-service")
        quotas = settings.quotas(
            "CHAT_QUOTAS", default: "free rooms=20 sockets=10; member rooms=200 sockets=30",
            "Rooms owned and sockets open at once, by tier")
        rates = ChatRates(from: &settings)
        showsReadMarks = settings.bool(
            "SHOW_READ_MARKS", default: true, "Members see how far others have read")
        showsPresence = settings.bool("SHOW_PRESENCE", default: true, "Members see who of the others is there")
        live = LiveSettings(problemTypeBase: common.problemBaseURL)
        readSockets(from: &settings)
    }

    private mutating func readSockets(from settings: inout SettingsReader) {
        live.allowedOrigins = Set(
            settings.list(
                "ALLOWED_ORIGINS", default: [common.publicURL], "Origins of pages that may open sockets"))
        live.maximumConnections = settings.integer(
            "MAX_CONNECTIONS", default: 20_000, in: 1...10_000_000, "Sockets of this replica at most")
        live.maximumSubscriptions = settings.integer(
            "MAX_SUBSCRIPTIONS", default: 200, in: 1...100_000, "Rooms one socket may listen to")
        live.framesPerSecond = Double(
            settings.integer(
                "FRAMES_PER_SECOND", default: 20, in: 1...1_000_000, "Frames a socket may send in a second for long"))
        live.frameBurst = Double(
            settings.integer(
                "FRAME_BURST", default: 100, in: 1...1_000_000, "Frames a socket may send in one go"))
        live.reconnectSpread = settings.seconds(
            "RECONNECT_SPREAD_SECONDS", default: 10, in: 1...600,
            "Time over which the clients of a stopping replica come back")
    }
}

extension ChatRates {
    fileprivate init(from settings: inout SettingsReader) {
        self.init(
            rooms: settings.integer("ROOMS_PER_MINUTE", default: 10, in: 1...1_000_000, "Rooms an account may open"),
            messages: settings.integer(
                "MESSAGES_PER_MINUTE", default: 120, in: 1...10_000_000,
                "Messages an account may send, over REST and all its sockets"),
            sockets: settings.integer(
                "SOCKETS_PER_MINUTE", default: 60, in: 1...1_000_000, "Sockets an account may open"),
            socketsFromNetwork: settings.integer(
                "NETWORK_SOCKETS_PER_MINUTE", default: 600, in: 1...10_000_000,
                "Sockets that may be opened from one address"))
    }
}
