/// Why a store did not do as it was asked.
public enum ObjectStoreError: Error, Sendable, Equatable {
    /// No object of this key.
    case objectNotFound(ObjectKey)
    /// The object is not, or no longer, the one that was meant by its etag.
    case objectChanged(ObjectKey)
    /// Never begun, completed already, or aborted.
    case uploadNotFound(ObjectUpload)
    /// Bytes can follow only where others end: at most at `stored`.
    case wrongOffset(stored: Int64)
    /// The upload holds fewer bytes than the object is to have.
    case incomplete(stored: Int64, size: Int64)
    /// The part is not one the store takes, or not the one that was put.
    case badPart(number: Int, reason: String)
    /// The bytes are others than the digest that was given is of.
    case wrongDigest
    /// The range begins at or after the object's end.
    case rangeNotSatisfiable(size: Int64)
    /// The disk or the quota is full.
    case outOfSpace
    /// The store cannot be reached or failed; the same call may work later.
    case unavailable(reason: String)
    /// The address of the store is not one that can be used.
    case badAddress(reason: String)
}
