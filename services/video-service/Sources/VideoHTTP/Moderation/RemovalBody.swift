import DomainKit
import HTTPKit
public import VideoDomain

/// On the wire, why a video is taken down and what is said to it.
struct RemovalBody: JSONWritable {
    /// What taking one down takes.
    struct Wanted: Decodable {
        let reason: Statement
    }

    let removal: Removal
    /// Its owner is not told who it was.
    let isForModerators: Bool

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("reason", removal.reason.text)
            $0.member("at", removal.at)
            $0.member("erase_at", removal.eraseAt)
            if isForModerators { $0.member("by", removal.by) }
            $0.member("appeal", removal.appeal.map(AppealBody.init))
        }
    }
}

/// An appeal on the wire.
struct AppealBody: JSONWritable {
    /// What making one takes.
    struct Wanted: Decodable {
        let text: Statement
    }

    /// What deciding one takes.
    struct Verdict: Decodable {
        let decision: Choice<AppealDecision>
        let reason: PatchField<Statement>
    }

    let appeal: Appeal

    init(_ appeal: Appeal) {
        self.appeal = appeal
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("text", appeal.text.text)
            $0.member("at", appeal.at)
            $0.member("state", appeal.state.rawValue)
            $0.member("decided_at", appeal.decidedAt)
            $0.member("reason", appeal.answer?.text)
        }
    }
}

/// A name of few; says which there are when it is another one.
struct Choice<Value: RawRepresentable & CaseIterable & Sendable>: Decodable, Sendable where Value.RawValue == String {
    let value: Value

    init(from decoder: any Decoder) throws {
        guard let value = Value(rawValue: try decoder.singleValueContainer().decode(String.self)) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw Violation(code: "unknown-value", detail: "must be one of: \(known)")
        }
        self.value = value
    }
}

extension Statement: Decodable {
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }
}
