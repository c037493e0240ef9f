public import HTTPKit
public import Logging

/// What every service can be told.
public struct CommonSettings: Sendable {
    public let host: String
    public let port: Int
    public let operationsHost: String
    public let operationsPort: Int
    public let logLevel: Logger.Level
    /// What this build calls itself in `/version` and logs.
    public let version: String
    public let problemBaseURL: String
    public let publicURL: String
    public let trustedProxies: Int
    public let shutdownGrace: Duration

    public init(from settings: inout SettingsReader, port: Int, operationsPort: Int) {
        host = settings.string("HOST", default: "127.0.0.1", "Address the public port listens on")
        self.port = settings.port("PORT", default: port, "Public port")
        operationsHost = settings.string(
            "OPERATIONS_HOST", default: "127.0.0.1", "Address the operations port listens on")
        self.operationsPort = settings.port(
            "OPERATIONS_PORT", default: operationsPort, "Port of /livez, /readyz, /metrics and /version")
        logLevel = settings.logLevel("LOG_LEVEL", default: .info, "Least severe level that is logged")
        version = settings.string("SERVICE_VERSION", default: "dev", "What this build calls itself")
        problemBaseURL = settings.string(
            "PROBLEM_BASE_URL", default: Problem.defaultTypeBase, "Prefix of the type of every problem")
        publicURL = settings.string("PUBLIC_URL", default: "http://127.0.0.1:8080", "Where clients find the gateway")
        trustedProxies = settings.integer(
            "TRUSTED_PROXIES", default: 0, in: 0...8, "How many proxies in front append to X-Forwarded-For")
        shutdownGrace = settings.seconds(
            "SHUTDOWN_GRACE_SECONDS", default: 10, in: 1...300, "How long a stop may take")
        _ = settings.string("SECRETS_DIR", default: "", "Directory of mounted secret files, one a setting")
    }

    /// The edge of a service with these settings; its access log goes where all logs go.
    public var edge: EdgeOptions {
        EdgeOptions(
            problemTypeBase: problemBaseURL, trustedProxies: trustedProxies,
            observer: logLevel <= .info ? AccessLog(sink: .standardError) : nil)
    }
}
