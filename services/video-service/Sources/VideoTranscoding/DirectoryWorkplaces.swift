public import Foundation
public import VideoDomain

/// Room for work below one directory, which workers of one machine may share. What a worker that died left there is removed when
/// another one starts.
///
/// Each has a directory of its own there, and a file beside it that it holds a lock on: the lock ends with the process, however that
/// ends.
public final class DirectoryWorkplaces: Workplaces {
    private let own: URL
    private let lock: CInt

    /// Fails: when the directory cannot be made or written to.
    public init(below directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        Self.removeLeftovers(in: directory)
        let name = "worker-\(UUID().uuidString)"
        own = directory.appending(path: name)
        let descriptor = open(
            directory.appending(path: name + ".lock").path(percentEncoded: false), O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: directory.path])
        }
        lock = descriptor
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        // A child that is another user has our group.
        try FileManager.default.setAttributes([.posixPermissions: 0o710], ofItemAtPath: own.path)
    }

    deinit {
        try? FileManager.default.removeItem(at: own)
        try? FileManager.default.removeItem(atPath: own.path(percentEncoded: false) + ".lock")
        close(lock)
    }

    public func withWorkplace<Value: Sendable>(
        _ body: @Sendable (Workplace) async throws -> Value
    ) async throws -> Value {
        let place = own.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: place) }
        try FileManager.default.setAttributes([.posixPermissions: 0o770], ofItemAtPath: place.path)
        return try await body(Workplace(path: place.path(percentEncoded: false)))
    }

    private static func removeLeftovers(in directory: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        for name in names where name.hasPrefix("worker-") && name.hasSuffix(".lock") {
            let file = directory.appending(path: name).path(percentEncoded: false)
            let descriptor = open(file, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: String(file.dropLast(".lock".count)))
            try? FileManager.default.removeItem(atPath: file)
        }
    }
}
