import Crypto
import Foundation
import NIOHTTP1
import Synchronization
import Testing

extension EndToEnd {
    /// `UPLOADS` (12; `make upload-chaos` takes 200) films by every way there is, while what they pass is killed at random;
    /// `CHAOS_SEED` repeats the kills of a run.
    @Suite
    struct UploadChaosTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let uploads = Int(environment["UPLOADS"] ?? "") ?? 12
        private static let seed = UInt64(environment["CHAOS_SEED"] ?? "") ?? .random(in: 0...UInt64.max)
        private static let victims: [Platform.Part] = [.postgres, .redis, .user, .video, .secondVideo, .gateway]

        private enum Way: Int, CaseIterable {
            case tusInPieces, tusThatBreaks, draftInPieces, draftThatBreaks, numberedParts
        }

        @Test(.timeLimit(.minutes(60)))
        func `whatever is killed, each upload becomes one film, whole, and nothing acknowledged is asked for again`()
            async throws
        {
            print("CHAOS_SEED=\(Self.seed)")
            let turns = Turns(Self.uploads)
            let rage = Task {
                var kills = RandomKills(seed: Self.seed)
                return try await kills.rage(among: Self.victims) { turns.areOver }
            }
            let outcome: Result<Void, any Error>
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            while let turn = turns.next() {
                                try await upload(by: Way.allCases[turn % Way.allCases.count])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            turns.end()
            let killed = try await rage.value
            try outcome.get()
            print("\(Self.uploads) uploads; killed: \(killed.map(\.rawValue).joined(separator: " "))")
            #expect(!killed.isEmpty)
        }

        /// By somebody new, so that a long run outlives every token.
        private func upload(by way: Way) async throws {
            let person = try await Person.signUp("chaos")
            let film = try Film.unlike(count: .random(in: 1_000_000...(way == .numberedParts ? 12_000_000 : 4_000_000)))
            let title = "chaos \(UUID())"
            switch way {
            case .tusInPieces, .tusThatBreaks:
                let upload = try await ResumableUpload.create(film, by: person, visibility: "private", title: title)
                _ = try await upload.insist(piece: 200_000, breaking: way == .tusThatBreaks)
            case .draftInPieces, .draftThatBreaks:
                let upload = try await DraftUpload.create(film, by: person, title: title)
                _ = try await upload.insist(piece: 200_000, breaking: way == .draftThatBreaks)
            case .numberedParts:
                let upload = try await PartedUpload.begin(film, by: person, title: title)
                let digest = SHA256.hash(data: film).map { String(format: "%02x", $0) }.joined()
                try #require(await upload.complete(try await upload.putAll(), sha256: digest).status == 200)
            }
            let videos = try await person.videos()
            #expect(videos.count == 1 && videos.first?.state == "ready" && videos.first?.size == film.count, "\(way)")
            #expect(try await person.film(try #require(videos.first).id) == film, "\(way)")
        }
    }
}

/// Who comes next, until there were enough or somebody failed.
private final class Turns: Sendable {
    private let left: Mutex<Range<Int>>
    private let isEnded = Atomic(false)

    init(_ count: Int) {
        left = Mutex(0..<count)
    }

    func next() -> Int? { left.withLock { $0.popFirst() } }

    var areOver: Bool { isEnded.load(ordering: .acquiring) }

    func end() {
        left.withLock { $0 = 0..<0 }
        isEnded.store(true, ordering: .releasing)
    }
}
