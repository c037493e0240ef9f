import Foundation

/// Objects are found by walking the directories that can hold them, in the order of whole keys.
extension FileObjectStore: ObjectListing {
    public func objects(under prefix: String, after mark: String?, limit: Int) async throws -> ObjectPage<ObjectInfo> {
        try await onPool(pool) {
            var walk = KeyWalk(root: layout.objects, prefix: prefix, mark: mark, limit: min(max(limit, 1), 1_000))
            let keys = try walk.keys()
            let next = walk.isCut ? keys.last?.description : nil
            return ObjectPage(items: try keys.compactMap(info), next: next)
        }
    }
}

/// The keys below a directory that begin with `prefix` and come behind `mark`, `limit` of them.
private struct KeyWalk {
    let root: String
    let prefix: String
    let mark: String?
    let limit: Int
    private(set) var isCut = false
    private var found: [ObjectKey] = []

    init(root: String, prefix: String, mark: String?, limit: Int) {
        self.root = root
        self.prefix = prefix
        self.mark = mark
        self.limit = limit
    }

    mutating func keys() throws(SystemCallError) -> [ObjectKey] {
        try visit("")
        return found
    }

    /// `place` is empty or ends with a slash. A directory sorts as its name with the slash, as keys below it do.
    private mutating func visit(_ place: String) throws(SystemCallError) {
        let names = try entries(of: root + "/" + place).map { place + $0.name + ($0.isDirectory ? "/" : "") }
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if isCut { return }
            if name.utf8.last == UInt8(ascii: "/") {
                if mayHold(name) { try visit(name) }
            } else if name.hasPrefix(prefix), isBehindMark(name), let key = ObjectKey(name) {
                isCut = found.count == limit
                if !isCut { found.append(key) }
            }
        }
    }

    private func mayHold(_ place: String) -> Bool {
        (place.hasPrefix(prefix) || prefix.hasPrefix(place)) && (mark?.hasPrefix(place) ?? true || isBehindMark(place))
    }

    private func isBehindMark(_ name: String) -> Bool {
        mark.map { $0.utf8.lexicographicallyPrecedes(name.utf8) } ?? true
    }
}
