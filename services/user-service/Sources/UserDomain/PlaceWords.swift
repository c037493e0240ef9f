import Foundation

/// Words that anybody would try here: what the place is called, what people and roles are called in it.
///
/// A password made of these alone, with a few digits and signs between or around them, is none.
enum PlaceWords {
    private static let all = [
        "administrator", "moderator", "password", "creator", "example", "welcome", "member", "hiroba", "ひろば", "ヒロバ",
        "admin", "video", "広場", "user", "chat",
    ]

    private static let mostBesides = 8

    /// Whether next to nothing is left of the text without them.
    static func make(_ text: String) -> Bool {
        let folded = text.precomposedStringWithCompatibilityMapping.lowercased()
        let rest = all.reduce(folded) { $0.replacing($1, with: "") }
        return rest != folded && rest.count <= mostBesides && !rest.contains { $0.isLetter }
    }
}
