/// When signing keys change.
public struct SigningKeyRules: Sendable, Hashable {
    /// For so long a key signs.
    public let signsFor: Duration
    /// For so long a key is published before it signs: until every verifier has surely looked again.
    public let publishedFor: Duration

    public init(signsFor: Duration, publishedFor: Duration) {
        self.signsFor = signsFor
        self.publishedFor = publishedFor
    }
}

/// What became of an attempt to change them.
public enum SigningKeyRotation: Sendable, Hashable {
    /// `signing` signs from now on, `next` follows it, and `retired` stays published while its tokens live.
    case rotated(signing: String, next: String, retired: String)
    /// The key that signs has not done so for long enough.
    case notDue
    /// The key that follows has been published for less than it has to be.
    case tooEarly(publishedFor: Duration)
}
