/// An implementation that does not keep what its port promises.
public struct ContractViolation: Error, CustomStringConvertible {
    public let description: String

    init(_ promise: String, _ found: some Sendable) {
        description = "broken promise: \(promise); found \(found)"
    }
}

/// Throws when `value` is not what the port promises.
func hold<Value: Equatable & Sendable>(_ promise: String, _ value: Value, equals expected: Value) throws {
    guard value == expected else { throw ContractViolation(promise, value) }
}

func hold(_ promise: String, _ condition: Bool, _ found: some Sendable) throws {
    guard condition else { throw ContractViolation(promise, found) }
}
