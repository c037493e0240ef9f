import DomainKit
import Foundation
import PlatformTesting
import Postgres
import StorageKit
import VideoDomain
import VideoStorage
import VideoTestKit

/// One of several who do whatever can be done to uploads and videos, in an order of chance, and now and then kill the
/// connection of another one in the middle of what it does.
struct Storm {
    struct Tally: Sendable {
        var worked = 0
        var refused = 0
        var killed = 0
        /// The outcome is not known.
        var lost = 0

        mutating func add(_ other: Tally) {
            worked += other.worked
            refused += other.refused
            killed += other.killed
            lost += other.lost
        }
    }

    private let database: PostgresClient
    private let uploads: PostgresUploadStore
    private let videos: PostgresVideoStore
    private let owners: [UserID]
    private let limits: Holdings
    private var chance: SplitMix64
    private let joinsParts: Bool
    private var begun: [(video: Video, upload: Upload)] = []
    private var parts: [Upload] = []
    private var tally = Tally()

    init(_ database: PostgresClient, _ owners: [UserID], _ limits: Holdings, seed: UInt64, joinsParts: Bool = false) {
        self.joinsParts = joinsParts
        self.database = database
        self.owners = owners
        self.limits = limits
        uploads = PostgresUploadStore(database: database)
        videos = PostgresVideoStore(database: database)
        chance = SplitMix64(seed: seed)
    }

    mutating func rage(rounds: Int) async throws -> Tally {
        for _ in 0..<rounds {
            do {
                try await act()
                tally.worked += 1
            } catch let failure as Failure where failure.code == "video.quota-exceeded" {
                tally.refused += 1
            } catch let failure as Failure where failure.code.hasPrefix("video.part-") {
                tally.worked += 1
            } catch let failure as Failure where failure.kind == .unavailable {
                tally.lost += 1
            } catch let error as PostgresError where error.passes {
                tally.lost += 1  // another one killed the killer
            }
        }
        return tally
    }

    private mutating func act() async throws {
        switch Int.random(in: 0..<(joinsParts ? 14 : 10), using: &chance) {
        case 0..<4: try await begin()
        case 4: try await beginAgain()
        case 5: try await finish()
        case 6:
            guard let (_, upload) = begun.randomElement(using: &chance) else { return }
            _ = try await uploads.cancel(upload.id, of: upload.ownerID)
        case 7:
            guard let (_, upload) = begun.randomElement(using: &chance) else { return }
            _ = try await uploads.removeExpired(upload.id, at: .distantFuture)
        case 8:
            guard let (video, _) = begun.randomElement(using: &chance) else { return }
            _ = try await videos.delete(video.id, version: Int64.random(in: 1...2, using: &chance))
        case 10..<12: try await beginPart()
        case 12..<14: try await joinParts()
        default: try await kill()
        }
    }

    private mutating func beginPart() async throws {
        guard let owner = owners.randomElement(using: &chance) else { return }
        let id = UploadID(SystemIDSource().ordered())
        let part = Upload(
            id: id, videoID: nil, ownerID: owner, media: MediaUpload(key: MediaKey(ofPart: id), id: "\(id)"),
            size: Int64.random(in: 0...20, using: &chance), state: .partial, metadata: nil, createdAt: Date(),
            expiresAt: Date())
        parts.append(part)
        _ = try await uploads.insert(part, of: nil, within: limits)
        let lease = Lease(token: UUID(), life: .seconds(60))
        _ = try await uploads.claim(id, of: owner, at: 0, lease)
        _ = try await uploads.record(part.size, of: id, lease, expiresAt: part.expiresAt, releasing: true)
    }

    private mutating func joinParts() async throws {
        guard let owner = owners.randomElement(using: &chance) else { return }
        let some = Array(Set(parts.filter { $0.ownerID == owner }.shuffled(using: &chance).prefix(2).map(\.id)))
        if some.isEmpty { return }
        let (video, whole) = Sample.pair(of: owner, details: try Sample.details(), size: 0, at: Date())
        let upload = Upload(
            id: whole.id, videoID: video.id, parts: some, ownerID: owner, media: whole.media, size: 0, state: .joining,
            metadata: nil, createdAt: Date(), expiresAt: Date())
        begun.append((video, upload))
        guard let stored = try await uploads.join(some, to: upload, of: video, within: limits, mostBytes: 1_000) else {
            return
        }
        if Bool.random(using: &chance) { _ = try await uploads.finish(stored.id, of: Sample.film, at: Date()) }
    }

    private mutating func begin() async throws {
        guard let owner = owners.randomElement(using: &chance) else { return }
        let pair = Sample.pair(
            of: owner, details: try Sample.details(), size: Int64.random(in: 0...40, using: &chance), at: Date())
        // Noted before: whether it got through may remain unknown.
        begun.append(pair)
        _ = try await uploads.insert(pair.upload, of: pair.video, within: limits)
    }

    private mutating func beginAgain() async throws {
        guard let pair = begun.randomElement(using: &chance) else { return }
        _ = try await uploads.insert(pair.upload, of: pair.video, within: limits)
    }

    private mutating func finish() async throws {
        guard let (_, upload) = begun.randomElement(using: &chance) else { return }
        let lease = Lease(token: UUID(), life: .seconds(60))
        guard case .granted = try await uploads.claim(upload.id, of: upload.ownerID, at: 0, lease) else { return }
        _ = try await uploads.record(upload.size, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: true)
        _ = try await uploads.finish(upload.id, of: Sample.film, at: Date())
    }

    private mutating func kill() async throws {
        let row = try await database.first(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY random() LIMIT 1
            """)
        if row != nil { tally.killed += 1 }
    }
}
