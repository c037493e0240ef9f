import DomainKit
import Postgres
import UserDomain

/// A column of `users u` that is searched by how it begins.
///
/// The index has the first characters of the column's search form in the order of their bytes, and ids. A search is a range
/// of it: all that begins so comes after the beginning itself, and before it with the last character there is behind it.
struct SearchColumn {
    let name: SQL
    /// As the caller wrote it: the database folds both sides.
    let text: String

    /// What the index is sorted by, before ids.
    private var key: SQL { "(left(search_form(\(sql: name)), \(sql: Self.keyLength)) COLLATE \"C\")" }
    private var first: SQL { "left(search_form(\(text)), \(sql: Self.keyLength))" }

    /// As it stands in the index: a bind would be another expression.
    private static let keyLength = SQL(raw: String(UserSearchCursor.keyLength))

    /// Whether the whole of the column begins with the whole of the text.
    var isMatch: SQL { "starts_with(search_form(\(sql: name)), search_form(\(text)))" }

    /// Ids and keys of what matches and is not `but`, in the order of keys.
    func matches(after: UserSearchCursor?, limit: Int, but: SQL = "false") -> SQL {
        var conditions: SQL = """
            \(sql: key) >= \(sql: first) AND \(sql: key) <= \(sql: first) || repeat(chr(1114111), \(sql: Self.keyLength))
            AND \(sql: isMatch) AND NOT \(sql: but)
            """
        if let after {
            conditions.append(" AND (\(sql: key), u.id) > (\(after.key)::text, \(after.id.uuid)::uuid)")
        }
        return """
            (SELECT u.id, \(sql: key) AS key FROM users u WHERE \(sql: conditions)
             ORDER BY \(sql: key), u.id LIMIT \(limit))
            """
    }
}
