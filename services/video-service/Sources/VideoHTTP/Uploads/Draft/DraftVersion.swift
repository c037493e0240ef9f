import DomainKit
import HTTPKit
import HTTPTypes

/// A version of draft-ietf-httpbis-resumable-upload, by its interop version; they differ in names more than in meaning.
enum DraftVersion: Int, CaseIterable, Comparable {
    /// -01: says `Upload-Incomplete`, the opposite of what came later.
    case three = 3
    /// -03
    case five = 5
    /// -04 and -05: bytes are `application/partial-upload`, problems have types.
    case six = 6
    /// -06 to -08
    case seven = 7
    /// -09 and later
    case eight = 8

    static let newest = DraftVersion.eight

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The one a request names; without a name the newest.
    ///
    /// Fails: `platform.invalid-input` for one that is not spoken here.
    init(_ fields: HTTPFields) throws(Failure) {
        guard let field = fields[.uploadDraftInteropVersion] else {
            self = .newest
            return
        }
        guard let version = Self.allCases.first(where: { String($0.rawValue) == field }) else {
            let known = Self.allCases.map { String($0.rawValue) }.joined(separator: ", ")
            throw .invalid([
                Violation(
                    pointer: "#upload-draft-interop-version", code: "unknown-value", detail: "must be one of: \(known)")
            ])
        }
        self = version
    }

    /// The field that says whether an upload is complete, and the one of other versions.
    var completeness: (name: HTTPField.Name, other: HTTPField.Name) {
        self == .three ? (.uploadIncomplete, .uploadComplete) : (.uploadComplete, .uploadIncomplete)
    }

    func completeness(_ isComplete: Bool) -> String {
        (self == .three) == isComplete ? "?0" : "?1"
    }

    /// Progress is told while bytes come.
    var tellsProgress: Bool { self >= .five }
    var namesProblems: Bool { self >= .six }
    var needsPartialUpload: Bool { self >= .six }
}
