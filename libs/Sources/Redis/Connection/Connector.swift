internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens connections that are ready for use: connected, encrypted where asked, authenticated, on the right database.
struct Connector: Sendable {
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop

    /// Fails with a `RedisError`: `unavailable`, `authenticationFailed` or `invalidConfiguration`.
    func connect() -> EventLoopFuture<any Channel> {
        let greeted = eventLoop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 8192, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let encryption = try encryption() { try channel.pipeline.syncOperations.addHandler(encryption) }
                    let greeting = try GreetingHandler(Greeting(configuration), done: greeted)
                    try channel.pipeline.syncOperations.addHandler(greeting)
                }
            }
        let connected = open(bootstrap)
        connected.whenFailure { greeted.fail($0) }
        let limit = eventLoop.scheduleTask(in: TimeAmount(configuration.connectTimeout)) {
            greeted.fail(RedisError.unavailable("no greeting within \(configuration.connectTimeout)"))
        }
        return connected.and(greeted.futureResult)
            .map { channel, _ in channel }
            .flatMapErrorThrowing { error in
                connected.whenSuccess { $0.close(promise: nil) }
                throw (error as? RedisError) ?? .unavailable(String(describing: error))
            }
            .always { _ in limit.cancel() }
    }

    private func open(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        switch configuration.address {
        case .host(let host, let port):
            bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .unixSocket(let path):
            bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private func encryption() throws -> NIOSSLClientHandler? {
        guard let tls = configuration.tls else { return nil }
        do {
            var settings = TLSConfiguration.makeClientConfiguration()
            if let file = tls.authoritiesFile { settings.trustRoots = .file(file) }
            if let file = tls.certificateFile {
                settings.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
            }
            if let file = tls.privateKeyFile {
                settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
            }
            return try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: settings), serverHostname: serverName(tls))
        } catch {
            throw RedisError.invalidConfiguration("TLS: \(error)")
        }
    }

    /// An address in numbers is checked against the certificate's addresses; it must not be sent as a name.
    private func serverName(_ tls: RedisTLS) -> String? {
        if let name = tls.serverName { return name }
        guard case .host(let host, _) = configuration.address else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}
