/// Why an address or a message was refused before anything was sent. Repeats nothing of what was refused.
public enum UnusableMail: Error, Sendable, Hashable {
    /// What of a message a refusal is about.
    public enum Part: String, Sendable, Hashable {
        case address, name, subject, field, text, html, identifier, recipients
    }

    /// Nothing like `name@example.com`.
    case notAnAddress
    /// Letters that pass for other ones: of two alphabets in one word, or forms that normalisation folds into others.
    case lookAlike
    /// A line break, another control character, or one that turns the direction of a text.
    case forbiddenCharacter(Part)
    case tooLong(Part)
    /// No recipient, or an empty identifier.
    case missing(Part)
    /// Neither letters, digits nor hyphens, or one that the message writes itself.
    case notAFieldName
    /// Something else than letters, digits, and single dots, hyphens and underscores between them.
    case notAnIdentifier
}

extension UnusableMail: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAnAddress: "not an address like name@example.com"
        case .lookAlike: "an address that can be taken for another one"
        case .forbiddenCharacter(let part): "a control character in the \(part.rawValue)"
        case .tooLong(let part): "too long: \(part.rawValue)"
        case .missing(let part): "missing: \(part.rawValue)"
        case .notAFieldName: "not the name of a field that may be added"
        case .notAnIdentifier: "not an identifier of letters and digits"
        }
    }
}
