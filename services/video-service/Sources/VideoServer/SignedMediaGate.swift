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

/// Opens files of the embedded store for whoever has a URL it signed, as long as the one it was made for still counts, and may still
/// watch the video where that changed since.
struct SignedMediaGate: MediaGate {
    let store: FileObjectStore
    let signer: URLSigner
    let seal: LinkHolderSeal
    let revocations: RevocationTable
    let access: WatchAccessTable
    let door: RenditionDoor
    let questions: WatchingQuestions
    let clock: any WallClock
    private let known = GrantCache()

    init(
        store: FileObjectStore, signer: URLSigner, seal: LinkHolderSeal, revocations: RevocationTable,
        access: WatchAccessTable, door: RenditionDoor, questions: WatchingQuestions, clock: any WallClock
    ) {
        self.store = store
        self.signer = signer
        self.seal = seal
        self.revocations = revocations
        self.access = access
        self.door = door
        self.questions = questions
        self.clock = clock
    }

    func open(path: String, query: String) async throws -> SignedFile {
        let entry = try entry(path, query)
        try await requireGood(entry)
        do {
            return SignedFile(file: try await store.open(entry.grant.key), gate: self, entry: entry)
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
                StoredRendition(file: try await store.open(key), contentType: type, door: door, ticket: ticket))
        } catch ObjectStoreError.objectNotFound {
            throw Failure.videoNotFound
        } catch let error as ObjectStoreError {
            throw Failure.unavailable("object-store", cause: error)
        }
    }

    private func entry(
        _ path: String, _ query: String
    ) throws(Failure) -> GrantCache.Entry {
        let now = clock.now
        if let entry = known.entry(path, query, now: now) { return entry }
        try requireKnownParameters(query, URLSigner.parameters)
        let grant = try grant(path, query, now)
        // A link that names nobody, as the release before made them, could not be taken back: playback is asked for again.
        guard let holder = grant.holder.flatMap(seal.holder) else { throw .linkInvalid }
        let entry = GrantCache.Entry(grant: grant, holder: holder)
        known.insert(entry, path, query)
        return entry
    }

    /// Fails: as `RevocationTable` and `WatchingRule` do; `video.not-found` for a video that is taken down or gone.
    fileprivate func requireGood(_ entry: GrantCache.Entry) async throws {
        guard let change = try news(of: entry) else { return }
        if change.isClosed, !entry.holder.isReview { throw Failure.videoNotFound }
        guard let video = MediaKey(noted: entry.grant.key.description).videoID else { throw Failure.videoNotFound }
        // What is asked after the mark was read is true of the change, or of a later one. A poster is for whoever may know of the video.
        let ask = MediaKey(noted: entry.grant.key.description).isMade ? questions.knowing : questions.watching
        try await ask(video, Viewer(entry.holder))
        entry.learn(change)
    }

    /// What is known without asking.
    fileprivate func right(of entry: GrantCache.Entry) -> ReadingRight {
        do {
            guard let change = try news(of: entry) else { return .holds }
            return change.isClosed && !entry.holder.isReview ? .ended : .unsure
        } catch {
            return .ended
        }
    }

    /// A change of who may watch that the holder was not asked about yet.
    private func news(of entry: GrantCache.Entry) throws(Failure) -> AccessChange? {
        try revocations.requireGood(entry.holder)
        guard access.isCurrent else { throw .unavailable("postgres") }
        let key = MediaKey(noted: entry.grant.key.description)
        let video = key.isMade ? key.videoID.map { MediaKey(of: $0) } ?? key : key
        guard let change = access.change(of: video.text), !entry.knows(change) else { return nil }
        return change
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
    let gate: SignedMediaGate
    let entry: GrantCache.Entry

    var size: Int64 { file.info.size }
    var etag: String { file.info.etag }
    var modified: Date { file.info.modified }
    var contentType: String { entry.grant.presentation.contentType }
    var filename: String? { entry.grant.presentation.filename }

    var right: ReadingRight { gate.right(of: entry) }

    func mayStillBeRead() async -> Bool { (try? await gate.requireGood(entry)) != nil }

    func isCached(_ range: Range<Int64>) -> Bool { file.isCached(range) }

    func cache(_ range: Range<Int64>) async { await file.cache(range) }

    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {
        try await file.withHandle(body)
    }
}
