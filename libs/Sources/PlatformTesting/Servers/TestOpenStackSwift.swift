internal import Foundation

/// OpenStack Swift on 127.0.0.1, which speaks as S3 does and checks signatures, gone with the test process however that ends.
public final class TestOpenStackSwift: Sendable {
    public static let accessKeyID = "tests:tester"
    public static let secretAccessKey = TestS3.secretAccessKey

    public let port: Int
    private let server: SupervisedServer

    /// The process's own, started by the first who asks.
    public static func shared() async throws -> TestOpenStackSwift {
        try await sharedServer.value
    }

    private static let sharedServer = Task { try await TestTools.blocking { try TestOpenStackSwift() } }

    private init() throws {
        port = try FreePort.find()
        let folder = FileManager.default.temporaryDirectory.appending(path: "test-swift-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        server = try SupervisedServer(
            TestTools.python("openstack-server.py")
                + ["\(port)", folder + "/ready", folder, "\(Self.accessKeyID),\(Self.secretAccessKey)"],
            folder: folder, readyFile: folder + "/ready")
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }
}
