import CoreMetrics
import Foundation
public import Logging

/// What a process has after boot: a logger and the metrics registry, installed for everybody.
public struct Boot: Sendable {
    public let logger: Logger
    public let metrics: PrometheusRegistry
    let identity: LogIdentity

    /// For tests: nothing is installed.
    public init(service: String, version: String, logger: Logger, metrics: PrometheusRegistry = PrometheusRegistry()) {
        self.logger = logger
        self.metrics = metrics
        identity = LogIdentity(service: service, version: version)
    }

    /// Installs JSON logs on standard error and the Prometheus registry. Once a process: the systems behind both are
    /// global and refuse a second time.
    static func install(service: String, common: CommonSettings) -> Boot {
        ProcessMeasures.begin()
        let level = common.logLevel
        let version = common.version
        LoggingSystem.bootstrap { label in
            JSONLogHandler(label: label, level: level, service: service, version: version, sink: .standardError)
        }
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        return Boot(service: service, version: version, logger: Logger(label: service), metrics: metrics)
    }
}
