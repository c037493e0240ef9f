public import DomainKit

/// What an account may have only so much of.
public enum VideoQuota: String, QuotaName {
    /// Those whose bytes are still on their way.
    case uploads
    /// Ready or on their way.
    case videos
    /// Of its videos, whole from the moment they are announced: what was promised cannot be promised again.
    case bytes

    public var isInBytes: Bool { self == .bytes }
    public var published: String { self == .uploads ? "uploads_in_flight" : rawValue }
}
