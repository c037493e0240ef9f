import DomainKit
import Foundation
public import HTTPKit
public import Logging

/// Logs as one JSON object a line: `time`, `level`, `message`, `service`, `version`, the request's `request_id` and
/// `trace_id` where one is being handled, then the metadata.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let identity: LogIdentity
    private let sink: LogSink

    public init(label: String, level: Logger.Level, service: String, version: String, sink: LogSink) {
        self.label = label
        logLevel = level
        identity = LogIdentity(service: service, version: version)
        self.sink = sink
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(String(reflecting: error))" }
        let line = LogLine(
            level: event.level, message: event.message.description, label: label, identity: identity,
            scope: RequestScope.current, fields: fields)
        sink.write(line, isUrgent: event.level >= .error)
    }
}

struct LogIdentity: Sendable {
    let service: String
    let version: String
}

private struct LogLine: JSONWritable {
    /// Members of the line itself; metadata of the same name gets an underscore. Hummingbird's own request id is
    /// left out, as ours says the same.
    private static let reserved: Set<String> = [
        "time", "level", "message", "logger", "service", "version", "request_id", "trace_id",
    ]

    let level: Logger.Level
    let message: String
    let label: String
    let identity: LogIdentity
    let scope: RequestScope?
    let fields: Logger.Metadata

    func write(to json: inout JSONWriter) {
        json.object { line in
            line.member("time", Date())
            line.member("level", level.rawValue)
            line.member("message", message)
            line.member("logger", label)
            line.member("service", identity.service)
            line.member("version", identity.version)
            if let scope {
                line.member("request_id", scope.requestID)
                line.member("trace_id", scope.trace.traceID)
            }
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) where key != "hb.request.id" {
                line.member(LogLine.reserved.contains(key) ? key + "_" : key, value)
            }
        }
    }
}

extension Logger.MetadataValue: JSONWritable {
    public func write(to json: inout JSONWriter) {
        switch self {
        case .string(let text): text.write(to: &json)
        case .stringConvertible(let value): value.description.write(to: &json)
        case .array(let values): values.write(to: &json)
        case .dictionary(let values): values.write(to: &json)
        }
    }
}
