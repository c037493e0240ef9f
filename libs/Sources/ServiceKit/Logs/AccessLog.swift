import DomainKit
import Foundation
public import HTTPKit
import HTTPTypes

/// One line for every finished request, written past swift-log: at some ten thousand a second a metadata dictionary
/// for each would cost more than the line.
public struct AccessLog: RequestObserver {
    private let sink: LogSink

    public init(sink: LogSink) {
        self.sink = sink
    }

    public func finished(_ exchange: Exchange) {
        sink.write(AccessLine(exchange: exchange))
    }
}

private struct AccessLine: JSONWritable {
    let exchange: Exchange

    func write(to json: inout JSONWriter) {
        json.object { line in
            line.member("time", Date())
            line.member("level", "info")
            line.member("message", "request")
            line.member("method", exchange.method.rawValue)
            line.member("path", exchange.path)
            line.member("route", exchange.route)
            line.member("status", exchange.status)
            line.member("microseconds", exchange.nanoseconds / 1_000)
            line.member("bytes", exchange.bodyBytes)
            line.member("client", exchange.clientAddress)
            line.member("request_id", exchange.scope.requestID)
            line.member("trace_id", exchange.scope.trace.traceID)
        }
    }
}
