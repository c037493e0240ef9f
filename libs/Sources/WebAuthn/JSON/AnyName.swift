/// Members by any name. Browsers add new ones to what they send, and decoders that refuse names a type does not know must
/// let them pass.
struct AnyName: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
