/// Comparing secrets.
enum ConstantTime {
    /// Looks at every byte whatever it finds. Only the lengths, which are no secret, end it early.
    static func areEqual(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
