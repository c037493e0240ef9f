import Foundation

/// Words that anybody would try here: what the place is called, what people and roles are called in it, and what an account
/// itself is called.
///
/// A password made of these alone, with a few digits and signs between or around them, is none.
enum PlaceWords {
    private static let all = [
        "administrator", "moderator", "password", "creator", "example", "welcome", "member", "hiroba", "ひろば", "ヒロバ",
        "admin", "video", "広場", "user", "chat",
    ]

    private static let mostBesides = 8

    /// Whether next to nothing is left of the text without them.
    ///
    /// - Parameter own: the account's address and name, whose parts count as well.
    static func make(_ text: String, with own: [String] = []) -> Bool {
        let folded = fold(text)
        let rest = (own.flatMap(parts) + all).sorted { $0.count > $1.count }.reduce(folded) {
            $0.replacing($1, with: "")
        }
        return rest != folded && rest.count <= mostBesides && !rest.contains { $0.isLetter }
    }

    private static func fold(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased()
    }

    /// Those that say something: of two letters in scripts that have many, else of three.
    private static func parts(_ text: String) -> [String] {
        fold(text).split { !$0.isLetter && !$0.isNumber }.map(String.init).filter {
            $0.count >= ($0.utf8.count > $0.count * 2 ? 2 : 3)
        }
    }
}
