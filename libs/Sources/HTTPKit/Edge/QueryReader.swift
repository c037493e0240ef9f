public import DomainKit
public import Hummingbird

/// Reads the query of a request, strictly: names nobody asked for, repeats, broken escapes and wrong types are
/// violations, and all of them are told at once.
///
/// ```swift
/// var query = try QueryReader(request)
/// let page = query.page()
/// let owner = query.value("owner", as: UserID.self)
/// try query.done()
/// ```
public struct QueryReader {
    private var rest: [String: String] = [:]
    private var validation = Validation()

    /// Fails: `platform.invalid-input` for broken escapes or UTF-8.
    public init(_ request: Request) throws(Failure) {
        guard let pairs = FormText.pairs(request.uri.query ?? "") else {
            throw .invalid([Violation(pointer: "?", code: "invalid-text", detail: "The query is malformed.")])
        }
        for (name, value) in pairs where rest.updateValue(value, forKey: name) != nil {
            note(name, "duplicate-parameter", "This parameter is there more than once.")
        }
    }

    /// The parameter's text. Nil when it is not there; one longer than `maximum` Unicode scalars is a violation.
    public mutating func string(_ name: String, maximum: Int = 256) -> String? {
        guard let text = rest.removeValue(forKey: name) else { return nil }
        guard text.unicodeScalars.count <= maximum else {
            note(name, "too-long", "This parameter may have at most \(maximum) characters.")
            return nil
        }
        return text
    }

    /// The parameter as a typed value. Nil when it is not there, or not a `Value`, which is a violation.
    public mutating func value<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) -> Value? {
        guard let text = rest.removeValue(forKey: name) else { return nil }
        if let value = Value(text) { return value }
        note(name, "wrong-type", "This parameter does not have the form it needs.")
        return nil
    }

    /// The parameter as one of the cases of an enumeration.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = rest.removeValue(forKey: name) else { return nil }
        if let value = Choice(rawValue: text) { return value }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        note(name, "not-acceptable", "This parameter must be one of: \(choices).")
        return nil
    }

    /// An integer within `range`.
    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = rest.removeValue(forKey: name) else { return nil }
        guard let value = Int(text), !text.hasPrefix("+") else {
            note(name, "wrong-type", "This parameter must be an integer.")
            return nil
        }
        guard range.contains(value) else {
            note(name, "out-of-range", "This parameter must be from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return value
    }

    /// `limit` and `cursor` of a list.
    public mutating func page() -> PageRequest {
        var page = PageRequest()
        if let limit = integer("limit", in: PageRequest.limits) { page.limit = limit }
        if let text = rest.removeValue(forKey: "cursor") {
            page.after = Cursor(encoded: text)
            if page.after == nil { note("cursor", "invalid-cursor", "This cursor is not one of ours.") }
        }
        return page
    }

    /// Adds a finding of the caller's own about a parameter.
    public mutating func note(_ name: String, _ code: String, _ detail: String) {
        _ = validation("?\(String(name.unicodeScalars.prefix(64)))") { () throws(Violation) -> Void in
            throw Violation(code: code, detail: detail)
        }
    }

    /// Fails: `platform.invalid-input` with everything found wrong, parameters nobody asked for included.
    public mutating func done() throws(Failure) {
        for name in rest.keys.sorted() { note(name, "unknown-parameter", "There is no such parameter.") }
        try validation.done()
    }
}

extension Request {
    /// For routes without parameters. Fails: `platform.invalid-input` when there is one.
    public func requireNoQuery() throws(Failure) {
        var query = try QueryReader(self)
        try query.done()
    }
}
