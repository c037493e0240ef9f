/// One thing wrong with one part of the input.
public struct Violation: Error, Sendable, Hashable {
    /// JSON pointer (RFC 6901) to the member, `/display_name`; `""` is the whole document, `?limit` a query parameter.
    public var pointer: String
    /// Stable, kebab case: `too-long`, `unknown-field`, `wrong-type`.
    public var code: String
    /// One sentence for a person.
    public var detail: String

    public init(pointer: String = "", code: String, detail: String) {
        self.pointer = pointer
        self.code = code
        self.detail = detail
    }

    /// The same violation seen from `member` of an enclosing object.
    public func at(_ pointer: String) -> Violation {
        Violation(pointer: pointer + self.pointer, code: code, detail: detail)
    }
}

/// Collects every violation of one input, so that the caller learns of all of them in one answer.
///
/// ```swift
/// var check = Validation()
/// let name = check("/name") { try RoomName(body.name) }
/// let kind = check("/kind") { try RoomKind(body.kind) }
/// try check.done()                       // throws Failure.invalid(all)
/// return NewRoom(name: name!, kind: kind!)
/// ```
public struct Validation {
    public private(set) var violations: [Violation] = []

    public init() {}

    /// Runs `make` and keeps its `Violation` under `pointer`.
    public mutating func callAsFunction<Value>(_ pointer: String, _ make: () throws(Violation) -> Value) -> Value? {
        do {
            return try make()
        } catch {
            violations.append(error.at(pointer))
            return nil
        }
    }

    /// Throws `Failure.invalid` when anything was found.
    public func done() throws(Failure) {
        if !violations.isEmpty { throw Failure.invalid(violations) }
    }
}
