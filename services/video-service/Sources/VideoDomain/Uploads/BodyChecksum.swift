/// A checksum over the pieces of one request's body, to be held against the one its sender made.
public protocol BodyChecksum<Chunk>: Sendable {
    associatedtype Chunk: Sendable

    mutating func update(with chunk: Chunk)

    /// Whether all pieces together have the checksum that was sent.
    func matches() -> Bool
}
