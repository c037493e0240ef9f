internal import Foundation
internal import Synchronization

/// An object store on 127.0.0.1 that speaks as S3 does and checks signatures (rclone), gone with the test process however
/// that ends.
public final class TestS3: Sendable {
    public static let accessKeyID = "AKIDOFTESTS"
    public static let secretAccessKey = "a/secret+of=tests"

    public let port: Int
    private let folder: String
    private let server: SupervisedServer
    /// Those that were made before the server looked, which does so once a second.
    private let buckets: Mutex<[String]>

    /// The process's own, started by the first who asks.
    public static func shared() async throws -> TestS3 {
        try await sharedServer.value
    }

    private static let sharedServer = Task { try await TestTools.blocking { try TestS3() } }

    private init() throws {
        port = try FreePort.find()
        folder = FileManager.default.temporaryDirectory.appending(path: "test-s3-\(UUID().uuidString)").path
        let names = (0..<300).map { _ in "test-\(UUID().uuidString.lowercased())" }
        for name in names {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/buckets/\(name)", withIntermediateDirectories: true)
        }
        buckets = Mutex(names)
        let login = "\(Self.accessKeyID),\(Self.secretAccessKey)"
        server = try SupervisedServer(
            TestTools.python("s3-server.py") + ["\(port)", folder + "/ready", folder + "/buckets", login],
            folder: folder, readyFile: folder + "/ready")
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// The name of an empty bucket that nobody else has.
    public func bucket() throws -> String {
        guard let name = buckets.withLock({ $0.popLast() }) else {
            throw TestTools.Missing(description: "no more buckets")
        }
        return name
    }

    /// The keys of all objects of a bucket, seen past the server.
    public func keys(in name: String) throws -> [String] {
        let root = "\(folder)/buckets/\(name)"
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Takes a bucket away with everything in it. The server notices within a second.
    public func remove(bucket name: String) throws {
        try FileManager.default.removeItem(atPath: "\(folder)/buckets/\(name)")
    }
}
