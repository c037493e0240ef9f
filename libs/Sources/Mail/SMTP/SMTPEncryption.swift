internal import Foundation
internal import NIOCore
internal import NIOSSL

/// What a TLS handler for one server is made of. The certificate is always checked, and for the server's name.
struct SMTPEncryption: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    /// Reads the authorities' file; blocks meanwhile.
    init(_ configuration: SMTPConfiguration) throws(MailFailure) {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        if let file = configuration.authoritiesFile { settings.trustRoots = .file(file) }
        do {
            context = try NIOSSLContext(configuration: settings)
        } catch {
            throw MailFailure(.tryAgain, "the authorities' file cannot be used", needsOperator: true)
        }
        // An address in numbers is checked against the certificate's addresses; it must not be sent as a name.
        let isAddress = (try? SocketAddress(ipAddress: configuration.host, port: 0)) != nil
        serverName = isAddress ? nil : configuration.host
    }

    func handler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName)
    }
}
