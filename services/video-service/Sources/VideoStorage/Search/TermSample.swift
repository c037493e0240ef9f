/// How frequent terms are among the newest videos of everybody's lists: what a search goes by to choose its way.
///
/// A hint: whatever it says, the same videos are found, sooner or later.
struct TermSample: Sendable {
    /// How many of the newest are sampled, and how often a term must be among them to be noted.
    static let size = 6_000
    static let fewest = 5

    /// How many were sampled; not 0.
    let videos: Int
    private let counts: [String: Int]

    init(videos: Int, counts: [String: Int]) {
        self.videos = videos
        self.counts = counts
    }

    /// The share of videos that have all of the terms, at most. A term that is not noted counts for half of what would be.
    func share(of terms: [String]) -> Double {
        terms.map { Double(counts[$0] ?? Self.fewest / 2) / Double(videos) }.min() ?? 1
    }

    /// As many of the terms as are given, the rarest ones.
    func rarest(_ number: Int, of terms: [String]) -> [String] {
        Array(terms.sorted { (counts[$0] ?? 0, $0) < (counts[$1] ?? 0, $1) }.prefix(number))
    }
}
