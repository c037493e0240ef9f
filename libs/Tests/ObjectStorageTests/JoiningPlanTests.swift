import Foundation
import Testing

@testable import ObjectStorage

@Suite("Which parts an object of others has")
struct JoiningPlanTests {
    let limits = PartLimits(smallest: 5, largest: 20, most: 100)

    @Test func `every byte is in one part, in order, and every part but the last is large enough`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let sources = (0..<Int.random(in: 0...6, using: &random)).map { index in
                ObjectInfo(
                    key: ObjectKey("x/\(index)")!, size: .random(in: 0...60, using: &random), etag: "\(index)",
                    modified: .distantPast)
            }
            let plan = JoiningPlan(sources, limits: limits)
            let pieces = plan.parts.flatMap { part in
                switch part {
                case .copied(let piece): [piece]
                case .gathered(let pieces): pieces
                }
            }
            var bytes: [String] = []
            for piece in pieces { bytes += piece.range.map { "\(piece.source.etag):\($0)" } }
            #expect(bytes == sources.flatMap { source in (0..<source.size).map { "\(source.etag):\($0)" } })
            for (index, part) in plan.parts.enumerated() {
                let isLast = index == plan.parts.count - 1
                switch part {
                case .copied(let piece): #expect(piece.size <= 20 && (isLast || piece.size >= 5))
                case .gathered(let pieces):
                    let size = pieces.reduce(0) { $0 + $1.size }
                    #expect(size < 10 && (isLast || size >= 5))
                }
            }
        }
    }

    @Test func `what is large enough never comes through memory`() {
        let sources = [5, 6, 25, 41].map { size in
            ObjectInfo(key: ObjectKey("x/\(size)")!, size: size, etag: "", modified: .distantPast)
        }
        for case .gathered in JoiningPlan(sources, limits: limits).parts { Issue.record("nothing is gathered") }
    }
}
