import AuthKit
import DomainKit
import Foundation
import Hummingbird
import IdentityEvents
import NIOCore
import ObjectStorage
import VideoDomain
import VideoHTTP
import VideoStorage

/// Opens files of the embedded store for whoever has a URL it signed, as long as the one it was made for still counts, and the
/// video is not taken down.
struct SignedMediaGate: MediaGate {
    let store: FileObjectStore
    let signer: URLSigner
    let seal: LinkHolderSeal
    let revocations: RevocationTable
    let takenDown: TakenDownTable
    let door: RenditionDoor
    let clock: any WallClock
    private let known = GrantCache()

    init(
        store: FileObjectStore, signer: URLSigner, seal: LinkHolderSeal, revocations: RevocationTable,
        takenDown: TakenDownTable, door: RenditionDoor, clock: any WallClock
    ) {
        self.door = door
        self.store = store
        self.signer = signer
        self.seal = seal
        self.revocations = revocations
        self.takenDown = takenDown
        self.clock = clock
    }

    func open(path: String, query: String) async throws -> SignedFile {
        let (grant, holder) = try entry(path, query)
        try requireGood(holder, grant.key)
        do {
            let file = try await store.open(grant.key)
            return SignedFile(
                file: file, presentation: grant.presentation,
                stillCounts: { (try? requireGood(holder, grant.key)) != nil })
        } catch ObjectStoreError.objectNotFound {
            throw Failure.videoNotFound
        } catch let error as ObjectStoreError {
            throw Failure.unavailable("object-store", cause: error)
        }
    }
}

extension SignedMediaGate {
    func rendition(_ ticket: String, _ name: String) async throws -> RenditionAnswer {
        let ticket = try await door.open(ticket)
        guard let key = ObjectKey(ticket.key(of: name).text), let type = RenditionFile.contentType(of: name) else {
            throw Failure.linkInvalid
        }
        do {
            return .file(
                SignedFile(
                    file: try await store.open(key), presentation: Presentation(contentType: type),
                    stillCounts: { (try? door.requireGood(ticket)) != nil }))
        } catch ObjectStoreError.objectNotFound {
            throw Failure.videoNotFound
        } catch let error as ObjectStoreError {
            throw Failure.unavailable("object-store", cause: error)
        }
    }

    private func entry(
        _ path: String, _ query: String
    ) throws(Failure) -> (grant: URLSigner.Grant, holder: LinkHolder) {
        let now = clock.now
        if let entry = known.entry(path, query, now: now) { return (entry.grant, entry.holder) }
        try requireKnownParameters(query, URLSigner.parameters)
        let grant = try grant(path, query, now)
        // A link that names nobody, as the release before made them, could not be taken back: playback is asked for again.
        guard let holder = grant.holder.flatMap(seal.holder) else { throw .linkInvalid }
        known.insert(GrantCache.Entry(grant: grant, holder: holder), path, query)
        return (grant, holder)
    }

    /// Fails: as `RevocationTable` does; `video.not-found` for a video that is taken down.
    private func requireGood(_ holder: LinkHolder, _ key: ObjectKey) throws(Failure) {
        try revocations.requireGood(holder)
        guard takenDown.isCurrent else { throw .unavailable("postgres") }
        guard holder.isReview || !takenDown.has(video(of: key)) else { throw .videoNotFound }
    }

    /// The key of the video itself, also of what was made of it.
    private func video(of key: ObjectKey) -> String {
        let parts = key.description.split(separator: "/")
        return parts.count > 2 && parts[0] == "renditions" ? "videos/\(parts[1])" : key.description
    }

    private func grant(_ path: String, _ query: String, _ now: Date) throws(Failure) -> URLSigner.Grant {
        do {
            return try signer.verify(path: path, query: query, now: now)
        } catch {
            throw error == .expired ? .linkExpired : .linkInvalid
        }
    }

    /// What is not signed does not belong to a link. Fails: `platform.invalid-input`.
    private func requireKnownParameters(_ query: String, _ known: Set<String>) throws(Failure) {
        for pair in query.split(separator: "&") {
            let name = String(pair.prefix { $0 != "=" })
            if known.contains(name) { continue }
            throw .invalid([
                Violation(
                    pointer: "?\(name.prefix(64))", code: "unknown-parameter", detail: "There is no such parameter.")
            ])
        }
    }
}

extension SignedMediaGate {
    /// The signature is the right to write: what the account may do is asked when the parts become a video.
    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String {
        try requireKnownParameters(query, URLSigner.partParameters)
        let part = try part(path, query)
        if let length, length != part.size { throw Failure.partSize(part.size) }
        do {
            return try await store.put(body, size: part.size, as: part.number, of: part.upload).etag
        } catch let error as ObjectStoreError {
            throw failure(of: error, part)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure.bodyCut(error)
        }
    }

    private func part(_ path: String, _ query: String) throws(Failure) -> URLSigner.Part {
        do {
            return try signer.verifyPart(path: path, query: query, now: clock.now)
        } catch {
            throw error == .expired ? .linkExpired : .linkInvalid
        }
    }

    private func failure(of error: ObjectStoreError, _ part: URLSigner.Part) -> Failure {
        switch error {
        case .uploadNotFound: .uploadNotFound
        case .badPart: .partSize(part.size)
        case .outOfSpace: .storageFull.caused(by: error)
        default: .unavailable("object-store", cause: error)
        }
    }
}

/// A stored file, shown as its URL says.
struct SignedFile: MediaFile {
    let file: OpenObject
    let presentation: Presentation
    let stillCounts: @Sendable () -> Bool

    var size: Int64 { file.info.size }
    var etag: String { file.info.etag }
    var modified: Date { file.info.modified }
    var contentType: String { presentation.contentType }
    var filename: String? { presentation.filename }

    var mayBeRead: Bool { stillCounts() }

    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {
        try await file.withHandle(body)
    }
}
