import HTTPKit
import Hummingbird
import HummingbirdCore
import Logging
import Foundation
import NIOCore
import ServiceLifecycle

/// A port that could not be had, in one clear line.
public struct ListenError: Error, CustomStringConvertible {
    public let description: String
}

/// One listening port with its responder.
struct Listener<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let name: String
    let host: String
    let port: Int
    let responder: Responder
    let server: HTTPServerBuilder
    let logger: Logger
    /// Called once the port listens.
    var onListening: @Sendable () -> Void = {}

    /// Fails: `ListenError` when the address is taken, unknown or not allowed.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: responder, server: server,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 4_096),
            onServerRunning: { [logger, name, onListening] channel in
                logger.info(
                    "listening", metadata: ["port": "\(name)", "address": "\(channel.localAddress?.description ?? "")"])
                onListening()
            }, logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(description: "cannot listen on \(host):\(port) (\(name) port): \(reason(error))")
        } catch let error as SocketAddressError {
            throw ListenError(description: "cannot listen on \(host):\(port) (\(name) port): \(error)")
        }
    }

    private func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case EADDRINUSE: "the port is in use by another process"
        case EACCES: "not allowed; ports below 1024 need a privilege"
        case EADDRNOTAVAIL: "this machine has no such address"
        default: "\(error)"
        }
    }
}
