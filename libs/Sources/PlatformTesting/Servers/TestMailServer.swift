public import Foundation

/// A throw-away mail server on 127.0.0.1 (aiosmtpd), gone with the test process however that ends.
public final class TestMailServer: Sendable {
    public enum Encryption: String, Sendable {
        case none, implicit
        case startTLS = "starttls"
    }

    /// How the server is started.
    public struct Options: Sendable {
        public var encryption = Encryption.none
        /// Needed unless `encryption` is `none`.
        public var certificate: TestCertificate?
        /// Without it anybody may send.
        public var login: (user: String, password: String)?
        /// The ways to sign in that it does not offer, such as `PLAIN`.
        public var mechanismsLeftOut: [String] = []
        /// Bytes a message may have.
        public var largest = 1 << 25
        public var takesUTF8 = true
        /// What goes wrong at `mail`, `rcpt`, `data`, `end` (of a message) and `rset`, the first time, the second and so on: `pass`,
        /// `cut`, `silence` or a reply; 421 ends the connection too.
        public var faults: [String: [String]] = [:]

        public init() {}
    }

    /// A message with all that was said around it.
    public struct Received: Sendable, Decodable {
        public let sender: String
        public let recipients: [String]
        /// What followed the address in `MAIL FROM`.
        public let options: [String]
        public let content: Data
        /// What the client called itself.
        public let client: String
        /// The mechanism and the user.
        public let login: String?
        public let isEncrypted: Bool
        /// The number of the connection it came by, from 1.
        public let connection: Int
    }

    public let port: Int
    private let folder: String
    private let server: SupervisedServer

    /// Starts one and returns when it listens.
    public static func start(_ options: Options = Options()) async throws -> TestMailServer {
        try await TestTools.blocking { try TestMailServer(options) }
    }

    private init(_ options: Options) throws {
        port = try FreePort.find()
        folder = FileManager.default.temporaryDirectory.appending(path: "test-mail-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/messages", withIntermediateDirectories: true)
        let words = Words(
            port: port, ready: folder + "/ready", folder: folder + "/messages", tls: options.encryption.rawValue,
            certificate: options.certificate?.file, key: options.certificate?.keyFile,
            login: options.login.map { [$0.user, $0.password] }, without: options.mechanismsLeftOut,
            size: options.largest, utf8: options.takesUTF8, faults: options.faults)
        let json = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
        server = try SupervisedServer(
            TestTools.python("smtp-server.py") + [json], folder: folder, readyFile: folder + "/ready")
    }

    /// Every message so far whose last byte came, in that order, also those that were refused then.
    public func received() throws -> [Received] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/messages")
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/messages/\(name)"))
            return try JSONDecoder().decode(Received.self, from: data)
        }
    }

    /// Ends it at once, as `kill -9` does.
    public func kill() async throws {
        try await TestTools.blocking { [server] in server.end(keepingFolder: true) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What `smtp-server.py` reads.
    private struct Words: Encodable {
        let port: Int
        let ready, folder, tls: String
        let certificate, key: String?
        let login: [String]?
        let without: [String]
        let size: Int
        let utf8: Bool
        let faults: [String: [String]]
    }
}
