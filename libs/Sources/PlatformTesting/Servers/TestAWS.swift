internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// AWS's interfaces on 127.0.0.1 (moto), gone with the test process however that ends. Checks no signature.
public final class TestAWS: Sendable {
    public let port: Int
    private let server: SupervisedServer

    /// The process's own, started by the first who asks.
    public static func shared() async throws -> TestAWS {
        try await sharedServer.value
    }

    private static let sharedServer = Task { try await TestTools.blocking { try TestAWS() } }

    private init() throws {
        port = try FreePort.find()
        let folder = FileManager.default.temporaryDirectory.appending(path: "test-aws-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        server = try SupervisedServer(
            TestTools.python("aws-server.py") + ["\(port)", folder + "/ready"], folder: folder,
            readyFile: folder + "/ready")
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Makes a bucket of S3 that nobody else has; its name.
    public func bucket() async throws -> String {
        let name = "test-\(UUID().uuidString.lowercased())"
        var request = HTTPClientRequest(url: "\(endpoint)/\(name)")
        request.method = .PUT
        let status = try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status
        guard status == .ok else { throw TestTools.Missing(description: "no bucket, but \(status)") }
        return name
    }
}
