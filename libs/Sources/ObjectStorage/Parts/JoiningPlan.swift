/// Which parts make an object of several others: the store copies what is large enough for a part, and what is not is gathered,
/// with as much of what follows as a part needs.
struct JoiningPlan {
    /// Bytes of one of the others.
    struct Piece: Equatable {
        var source: ObjectInfo
        var range: Range<Int64>

        var size: Int64 { range.upperBound - range.lowerBound }
    }

    enum Part: Equatable {
        case copied(Piece)
        /// Fewer bytes than two of the smallest parts have, of several objects or the end of the last.
        case gathered([Piece])
    }

    private(set) var parts: [Part] = []
    private let smallest: Int64
    private let largest: Int64
    private var gathered: [Piece] = []

    init(_ sources: [ObjectInfo], limits: PartLimits) {
        smallest = max(1, limits.smallest)
        largest = max(limits.largest, 2 * smallest)
        for source in sources where source.size > 0 { add(source) }
        endGathering()
    }

    private mutating func add(_ source: ObjectInfo) {
        var rest = Piece(source: source, range: 0..<source.size)
        if !gathered.isEmpty {
            gather(rest.removeFirst(smallest - gatheredSize))
            if gatheredSize >= smallest { endGathering() }
        }
        while rest.size >= smallest {
            // No end that is too small for a part may be left, unless it is all there was.
            let left = rest.size - largest
            parts.append(.copied(rest.removeFirst(left > 0 && left < smallest ? largest - smallest : largest)))
        }
        gather(rest)
    }

    private var gatheredSize: Int64 { gathered.reduce(0) { $0 + $1.size } }

    private mutating func gather(_ piece: Piece) {
        if piece.size > 0 { gathered.append(piece) }
    }

    private mutating func endGathering() {
        if !gathered.isEmpty { parts.append(.gathered(gathered)) }
        gathered = []
    }
}

extension JoiningPlan.Piece {
    /// Takes the first `count` bytes, or all there are, out of the piece.
    fileprivate mutating func removeFirst(_ count: Int64) -> JoiningPlan.Piece {
        let end = min(range.lowerBound + count, range.upperBound)
        defer { range = end..<range.upperBound }
        return JoiningPlan.Piece(source: source, range: range.lowerBound..<end)
    }
}
