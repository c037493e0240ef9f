import DomainKit
import Foundation
import Postgres
import TextSearch
import VideoDomain

/// The SQL of looking for words. Each statement has the visibility rule in it.
///
/// What is found by its title comes first, then what has the words elsewhere, each newest first.
struct SearchQueries {
    /// Where words are looked for.
    enum Rank: Int64, CaseIterable {
        case title = 0
        case elsewhere
    }

    /// How many of the newest videos are looked through before the index is asked. A word that is in one of three hundred has a page
    /// of videos among them; of any other a million videos have no more than some three thousand, each on a page of its own.
    static let newest = 9_000

    /// How many terms of a word the index is asked for, where it is known which are rare: each list is read, frequent ones at length,
    /// and more than three say little that these do not.
    static let asked = 3

    let query: VideoQuery
    let rank: Rank
    let limit: Int
    let after: VideoQueries.Position?
    var sample: TermSample?

    /// Whether a page is to be expected among the newest. Words are taken to have nothing to do with each other; where they have, more
    /// is found than was expected.
    var isWorthLooking: Bool {
        guard let sample else { return true }
        let share = query.words.reduce(1) { $0 * sample.share(of: terms(of: $1, longest: SearchTerms.longest)) }
        return share * Double(Self.newest) >= 0.7 * Double(limit)
    }

    /// One's own, whatever they are; along their index, as one has only so many.
    var own: SQL {
        """
        SELECT \(sql: VideoQueries.columns) FROM videos
        WHERE \(sql: VisibilityRule.isOwn(query.viewer)) AND \(sql: wanted) AND \(sql: matches) \(sql: behind)
        \(sql: order)
        """
    }

    /// Those of others that are in everybody's lists, among the newest.
    var amongNewest: SQL {
        """
        SELECT \(sql: VideoQueries.columns) FROM (
            SELECT * FROM videos WHERE \(sql: isOthersAndListed) AND \(sql: wanted) \(sql: behind)
            ORDER BY created_at DESC, id DESC LIMIT \(Self.newest)
        ) AS videos
        WHERE \(sql: matches) \(sql: order)
        """
    }

    /// All those of others that are in everybody's lists. First what the index has, then the order: along the order it would look
    /// through all videos there are, should it think the words more frequent than they are. As long as a row has terms of the form
    /// before, pairs are asked for, which all rows have.
    var byTerms: SQL {
        """
        WITH found AS MATERIALIZED (
            SELECT \(sql: VideoQueries.ownColumns) FROM videos
            WHERE \(sql: isOthersAndListed) AND search_terms @> (\(sql: askedTerms)) AND \(sql: wanted) AND \(sql: matches) \(sql: behind)
        )
        SELECT \(sql: VideoQueries.columns) FROM found AS videos \(sql: order)
        """
    }

    /// Those of one owner, along their index.
    var ofOwner: SQL {
        """
        SELECT \(sql: VideoQueries.columns) FROM videos
        WHERE \(sql: VisibilityRule.isListed(for: query.viewer)) AND \(sql: wanted) AND \(sql: matches) \(sql: behind)
        \(sql: order)
        """
    }

    private var isOthersAndListed: SQL { VisibilityRule.isListedOfOthers(for: query.viewer) }

    private var order: SQL { "ORDER BY created_at DESC, id DESC LIMIT \(limit)" }

    private var behind: SQL {
        after.map { "AND (created_at, id) < (\($0.createdAt), \($0.id.uuid))" } ?? ""
    }

    private var wanted: SQL { VideoQueries.wanted(query) }

    private var askedTerms: SQL {
        """
        SELECT CASE WHEN EXISTS (SELECT FROM videos WHERE search_form IS NULL)
            THEN \(terms(longest: 2))::text[] ELSE \(terms(longest: SearchTerms.longest))::text[] END
        """
    }

    /// What the index is asked for.
    func terms(longest: Int) -> [String] {
        let chosen = query.words.flatMap { word in
            let all = terms(of: word, longest: longest)
            return sample?.rarest(Self.asked, of: all) ?? all
        }
        return Set(chosen).sorted()
    }

    private func terms(of word: String, longest: Int) -> [String] {
        let terms = SearchTerms.of(word: word, longest: longest)
        return rank == .title ? terms.map(SearchColumns.inTitle) : terms
    }

    /// Rows that have no columns of their own yet are compared by those of before, whose first line is the title.
    private var matches: SQL {
        let patterns = query.words.map(VideoQueries.pattern)
        let title: SQL = "COALESCE(search_title, split_part(search_text, E'\\n', 1)) LIKE ALL(\(patterns))"
        switch rank {
        case .title: return title
        case .elsewhere:
            return "COALESCE(search_folded, search_text) LIKE ALL(\(patterns)) AND NOT (\(sql: title))"
        }
    }
}
