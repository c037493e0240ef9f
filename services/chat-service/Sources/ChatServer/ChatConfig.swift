import ChatHTTP
import Foundation
import ServiceKit

/// Every setting of the service.
struct ChatConfig: ServiceConfiguration {
    struct Sockets: Sendable {
        let allowedOrigins: [String]
        let maximumConnections: Int
        let maximumSubscriptions: Int
        let framesPerSecond: Int
        let frameBurst: Int
        let reconnectSpread: Duration
    }

    let common: CommonSettings
    let databaseURL: String
    let appendLanes: Int
    let appendLinger: Duration
    let redisURL: String
    let tokens: TokenSettings
    let tokenCacheCapacity: Int
    let sockets: Sockets

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
        sockets = Sockets(
            allowedOrigins: settings.list(
                "ALLOWED_ORIGINS", default: [common.publicURL], "Origins of pages that may open sockets"),
            maximumConnections: settings.integer(
                "MAX_CONNECTIONS", default: 20_000, in: 1...10_000_000, "Sockets of this replica at most"),
            maximumSubscriptions: settings.integer(
                "MAX_SUBSCRIPTIONS", default: 200, in: 1...100_000, "Rooms one socket may listen to"),
            framesPerSecond: settings.integer(
                "FRAMES_PER_SECOND", default: 20, in: 1...1_000_000, "Frames a socket may send in a second for long"),
            frameBurst: settings.integer(
                "FRAME_BURST", default: 100, in: 1...1_000_000, "Frames a socket may send in one go"),
            reconnectSpread: settings.seconds(
                "RECONNECT_SPREAD_SECONDS", default: 10, in: 1...600,
                "Time over which the clients of a stopping replica come back"))
    }

    var live: LiveSettings {
        var live = LiveSettings(problemTypeBase: common.problemBaseURL)
        live.allowedOrigins = Set(sockets.allowedOrigins)
        live.maximumConnections = sockets.maximumConnections
        live.maximumSubscriptions = sockets.maximumSubscriptions
        live.framesPerSecond = Double(sockets.framesPerSecond)
        live.frameBurst = Double(sockets.frameBurst)
        live.reconnectSpread = sockets.reconnectSpread
        return live
    }
}
