internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// MARK: - A connection that is ready for use

extension Link {
    /// Connects, encrypts where asked, authenticates, chooses the database and makes sure of the server's role.
    ///
    /// Fails with a `RedisError`: `unavailable`, `authenticationFailed` or `invalidConfiguration`.
    static func open(_ configuration: RedisConfiguration, on eventLoop: any EventLoop) -> EventLoopFuture<Opened> {
        let greeted = eventLoop.makePromise(of: String?.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 8192, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let encryption = try encryption(configuration) {
                        try channel.pipeline.syncOperations.addHandler(encryption)
                    }
                    try channel.pipeline.syncOperations.addHandler(Greeting(configuration, done: greeted))
                }
            }
        let connected = connect(bootstrap, configuration)
        connected.whenFailure { greeted.fail($0) }
        let limit = eventLoop.scheduleTask(in: TimeAmount(configuration.connectTimeout)) {
            greeted.fail(RedisError.unavailable("no greeting within \(configuration.connectTimeout)"))
        }
        return connected.and(greeted.futureResult)
            .map { channel, serverID in Opened(channel: channel, serverID: serverID) }
            .flatMapErrorThrowing { error in
                connected.whenSuccess { $0.close(promise: nil) }
                throw RedisError(connecting: error)
            }
            .always { _ in limit.cancel() }
    }

    private static func connect(
        _ bootstrap: ClientBootstrap, _ configuration: RedisConfiguration
    ) -> EventLoopFuture<any Channel> {
        switch configuration.address {
        case .host(let host, let port):
            bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .unixSocket(let path):
            bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private static func encryption(_ configuration: RedisConfiguration) throws -> NIOSSLClientHandler? {
        guard let tls = configuration.tls else { return nil }
        do {
            return try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: settings(tls)), serverHostname: serverName(configuration, tls))
        } catch {
            // What the library says names files of the configuration.
            throw RedisError.invalidConfiguration("TLS: a certificate, key or name cannot be used")
        }
    }

    static func settings(_ tls: RedisTLS) throws -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        if let file = tls.authoritiesFile { settings.trustRoots = .file(file) }
        if let file = tls.certificateFile {
            settings.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
        }
        if let file = tls.privateKeyFile {
            settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
        }
        return settings
    }

    /// An address in numbers is checked against the certificate's addresses; it must not be sent as a name.
    private static func serverName(_ configuration: RedisConfiguration, _ tls: RedisTLS) -> String? {
        if let name = tls.serverName { return name }
        guard case .host(let host, _) = configuration.address else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}

extension RedisError {
    /// Why a connection could not be opened, without host, port or file: those belong to the configuration.
    init(connecting error: any Error) {
        switch error {
        case let error as RedisError: self = error
        case let error as NIOConnectionError: self = .unavailable(Self.words(for: error))
        case let error as IOError: self = .unavailable(String(cString: strerror(error.errnoCode)))
        case ChannelError.connectTimeout: self = .unavailable("no answer in time")
        case is NIOSSLError, is BoringSSLError:
            self = .unavailable("TLS failed, or the server's certificate is not trusted")
        case is NIOSSLExtraError: self = .unavailable("the server's certificate is for another name")
        default: self = .unavailable("the connection failed (\(type(of: error)))")
        }
    }

    private static func words(for error: NIOConnectionError) -> String {
        guard let last = error.connectionErrors.last?.error else { return "the host's name is not known" }
        if case .unavailable(let why) = RedisError(connecting: last) { return why }
        return "the connection failed"
    }
}
