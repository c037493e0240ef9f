import Encodings
import Foundation
import HTTPKit
import HTTPTypes

/// The conditions a request states about the bytes it knows (RFC 9110 §13).
struct MediaConditions {
    private let fields: HTTPFields
    private let etag: String
    private let modified: Date

    init(_ fields: HTTPFields, of file: some MediaFile) {
        self.fields = fields
        etag = "\"\(file.etag)\""
        // Fields carry whole seconds.
        modified = Date(timeIntervalSince1970: file.modified.timeIntervalSince1970.rounded(.down))
    }

    enum Outcome {
        case proceed
        case notModified
        case preconditionFailed
    }

    /// In the order of §13.2.2.
    var outcome: Outcome {
        if let match = fields[.ifMatch] {
            if !lists(match, weakly: false) { return .preconditionFailed }
        } else if let since = fields[.ifUnmodifiedSince].flatMap(HTTPDate.date), modified > since {
            return .preconditionFailed
        }
        if let noneMatch = fields[.ifNoneMatch] {
            if lists(noneMatch, weakly: true) { return .notModified }
        } else if let since = fields[.ifModifiedSince].flatMap(HTTPDate.date), modified <= since {
            return .notModified
        }
        return .proceed
    }

    /// `Range` counts only while the bytes are still those `If-Range` names (§13.1.5): a strong tag, or the exact time.
    var rangeCounts: Bool {
        guard let known = fields[.ifRange] else { return true }
        return known.hasPrefix("\"") ? known == etag : HTTPDate.date(from: known) == modified
    }

    private func lists(_ field: String, weakly: Bool) -> Bool {
        field.split(separator: ",").contains { item in
            let tag = item.trimmingCharacters(in: .whitespaces)
            return tag == "*" || tag == etag || (weakly && tag == "W/" + etag)
        }
    }
}
