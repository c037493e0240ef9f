import Foundation

/// An empty directory for what is being made of one film.
public struct Workplace: Sendable, Hashable {
    /// Absolute.
    public var path: String

    public init(path: String) {
        self.path = path
    }

    /// A file of it, whether or not it is there.
    public func file(_ name: String) -> FilmFile { FilmFile(path: "\(path)/\(name)") }

    /// Fails: when its disk is full.
    public func write(_ text: String, to file: FilmFile) throws {
        try Data(text.utf8).write(to: URL(filePath: file.path))
    }
}

/// The port to room for work. Fails: `unavailable`, when there is none.
public protocol Workplaces: Sendable {
    /// Lends an empty directory until `body` returns, and removes it with all that is in it.
    func withWorkplace<Value: Sendable>(_ body: @Sendable (Workplace) async throws -> Value) async throws -> Value
}

/// The port to where what was made is kept. Fails: `unavailable`, `video.storage-full`.
public protocol MadeMedia: Sendable {
    /// Keeps the file's bytes under `key`, durable when this returns. They are there at once, right after `confirmed` has returned, and not
    /// at all when it fails.
    func put(
        _ file: FilmFile, as key: MediaKey, once confirmed: @escaping @Sendable () async throws -> Void
    ) async throws
}
