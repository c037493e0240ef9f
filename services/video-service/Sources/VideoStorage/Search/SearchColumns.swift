import Postgres
import TextSearch
import VideoDomain

/// What is stored of a video for those who look for it.
struct SearchColumns {
    /// Of the release before, which compares with it.
    let text: String
    let title: String
    /// Title, description and tags, a line each or more.
    let folded: String
    /// The terms of all of it, those of the title with a mark before each, and `form`.
    let terms: [String]

    init(_ details: VideoDetails) {
        let all = ([details.title.text, details.description.text] + details.tags.texts).joined(separator: "\n")
        text = foldedForSearch(all)
        let (title, folded) = (FoldedText(details.title.text), FoldedText(all))
        self.title = title.text
        self.folded = folded.text
        terms = SearchTerms.all(in: folded) + SearchTerms.all(in: title).map(Self.inTitle) + [Self.form]
    }

    /// Says of what form the terms are: those of the release before are of two scalars at most, and have no such mark. The table
    /// notes it as `search_form`, and `PostgresSearchBackfill` makes anew what is of another.
    static let form = "\u{2}3"

    /// No text has the mark, as none has control characters.
    static func inTitle(_ term: String) -> String { "\u{1}" + term }
}
