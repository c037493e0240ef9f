import HTTPTypes
public import Hummingbird
public import DomainKit

/// A strong entity tag (RFC 9110 §8.8.3): equal tags, equal bytes.
public struct ETag: Sendable, Hashable, CustomStringConvertible {
    /// The tag without its quotes.
    public let value: String

    /// Tags made here are of printable ASCII without quotes.
    public init(_ value: some LosslessStringConvertible) {
        self.value = value.description
    }

    public var description: String { "\"\(value)\"" }

    /// The tags of an `If-Match` or `If-None-Match` field. What is not a tag matches nothing.
    static func list(_ field: String) -> ETagList {
        if field.trimmingSpace == "*" { return .any }
        var tags: [(tag: String, isWeak: Bool)] = []
        // By bytes: a mark that joins the quote before it must not hide that.
        let quote = UInt8(ascii: "\"")
        var rest = field.utf8[...]
        while let open = rest.firstIndex(of: quote) {
            let isWeak = rest[..<open].suffix(2).elementsEqual("W/".utf8)
            let start = rest.index(after: open)
            guard let close = rest[start...].firstIndex(of: quote) else { break }
            tags.append((String(decoding: rest[start..<close], as: UTF8.self), isWeak))
            rest = rest[rest.index(after: close)...]
        }
        return .tags(tags)
    }
}

enum ETagList {
    case any
    case tags([(tag: String, isWeak: Bool)])

    /// For `If-None-Match` (§13.1.2): weak tags count.
    func matchesWeakly(_ etag: ETag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.tag == etag.value }
        }
    }

    /// The same with each tag up to this character.
    func cut(at end: Character?) -> ETagList {
        guard let end, case .tags(let tags) = self else { return self }
        return .tags(tags.map { (String($0.tag.prefix { $0 != end }), $0.isWeak) })
    }

    /// For `If-Match` (§13.1.1): weak tags never match.
    func matchesStrongly(_ etag: ETag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.tag == etag.value && !$0.isWeak }
        }
    }
}

/// The version of a resource a caller wants to change, stated in `If-Match`, and those it does not want to change, in
/// `If-None-Match`, which counts for a change as well (RFC 9110 §13.1.2).
public struct IfMatch: Sendable {
    private let list: ETagList?
    private let unwanted: ETagList?

    /// - Parameter end: what comes in a tag of `If-Match` from this character on does not count: it tells of what nobody needs
    ///   to have seen to change the rest.
    ///
    /// Fails: `platform.precondition-required` (428) when it is `required` and not there.
    public init(_ request: Request, required: Bool, upTo end: Character? = nil) throws(Failure) {
        list = request.headers[.ifMatch].map { ETag.list($0).cut(at: end) }
        unwanted = request.headers[.ifNoneMatch].map(ETag.list)
        if required, list == nil { throw .preconditionRequired }
    }

    /// Fails: `platform.precondition-failed` (412) when the resource is at another version than stated.
    ///
    /// `shown` is the tag readers get where `If-Match` asks for a part of it alone.
    public func check(_ current: ETag, shown: ETag? = nil) throws(Failure) {
        if let list, !list.matchesStrongly(current) { throw .preconditionFailed }
        if let unwanted, unwanted.matchesWeakly(shown ?? current) { throw .preconditionFailed }
    }
}

extension ETagList: Sendable {}

extension Failure {
    /// The resource changed since the caller read it.
    public static let preconditionFailed = Failure(
        .preconditionFailed, code: "platform.precondition-failed",
        message: "The resource has changed; read it again and repeat the change on that.")

    static let preconditionRequired = Failure(
        .preconditionRequired, code: "platform.precondition-required",
        message: "State the version you want to change in If-Match.")
}
