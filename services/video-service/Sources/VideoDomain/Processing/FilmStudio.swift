/// A film as a file of this machine, for as long as it is lent.
public struct FilmFile: Sendable, Hashable {
    /// Absolute.
    public var path: String

    public init(path: String) {
        self.path = path
    }
}

/// Nothing can be made of a film, however often that is tried.
public struct Unprocessable: Error, Sendable, Hashable {
    public var reason: ProcessingReason

    public init(_ reason: ProcessingReason) {
        self.reason = reason
    }
}

/// The port to films as files. Fails: `video.not-found` when it is gone; `unavailable`.
public protocol FilmSource: Sendable {
    /// Lends the film until `body` returns.
    func withFilm<Value: Sendable>(
        _ key: MediaKey, _ body: @Sendable (FilmFile) async throws -> Value
    ) async throws -> Value
}

/// The port to whoever reads and makes films. Films are strangers': whatever is in them, nothing but themselves is read.
/// Fails: `Unprocessable`; anything else may be tried again.
public protocol FilmStudio: Sendable {
    /// What it is made of.
    func film(in file: FilmFile) async throws -> Film

    /// Makes a picture of it that says what it is about (JPEG), no larger than 1,280 points; nothing for one without pictures.
    func poster(of film: Film, in file: FilmFile, to picture: FilmFile) async throws

    /// Whether its pictures can be one of the renditions as they are.
    func canCopy(_ film: Film, in file: FilmFile) async throws -> Bool

    /// Makes all renditions of the ladder, each with its playlist, and tells what a player chooses among them from. `progress` is told how
    /// far it is, from 0 to 1.
    func renditions(
        _ ladder: Ladder, of film: Film, in file: FilmFile, to place: Workplace,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> MultivariantPlaylist

    /// Makes all pictures of the strip, in its places (JPEG).
    func sheet(_ strip: ThumbnailStrip, of film: Film, in file: FilmFile, to picture: FilmFile) async throws
}
