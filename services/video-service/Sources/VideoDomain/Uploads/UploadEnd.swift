public import DomainKit

/// What a request says of the end of its upload, and of the length of the whole.
public enum UploadEnd: Sendable, Hashable {
    /// Nothing: the upload ends when it has all the bytes that were announced.
    case whenWhole
    /// More requests follow, whatever is here by then.
    case later(length: Int64?)
    /// The last byte of this one is the upload's.
    case here(length: Int64?)

    /// The upload's length as far as it is known now, by what was said before and by what this request says: of its own
    /// `announced` bytes, too, where it is the last. Nil while nobody has said it.
    ///
    /// Fails: `video.inconsistent-length` when one of these says something else than another.
    public func length(known: Int64? = nil, at offset: Int64, announced: Int64?) throws(Failure) -> Int64? {
        var said: [Int64] = known.map { [$0] } ?? []
        switch self {
        case .whenWhole: break
        case .later(let length): if let length { said.append(length) }
        case .here(let length):
            if let length { said.append(length) }
            if let announced {
                let (end, isBeyond) = offset.addingReportingOverflow(announced)
                if isBeyond { throw .inconsistentLength }
                said.append(end)
            }
        }
        guard Set(said).count <= 1, said.allSatisfy({ $0 >= offset }) else { throw .inconsistentLength }
        return said.first
    }
}
