import DomainKit
import Foundation
import NIOCore
import ObjectStorage
import VideoDomain
import VideoHTTP

/// Opens files of the embedded store for whoever has a URL it signed.
struct SignedMediaGate: MediaGate {
    let store: FileObjectStore
    let signer: URLSigner
    let clock: any WallClock
    private let known = GrantCache()

    init(store: FileObjectStore, signer: URLSigner, clock: any WallClock) {
        self.store = store
        self.signer = signer
        self.clock = clock
    }

    func open(path: String, query: String) async throws -> SignedFile {
        let grant = try grant(path, query)
        do {
            return SignedFile(file: try await store.open(grant.key), presentation: grant.presentation)
        } catch ObjectStoreError.objectNotFound {
            throw Failure.videoNotFound
        } catch let error as ObjectStoreError {
            throw Failure.unavailable("object-store", cause: error)
        }
    }
}

extension SignedMediaGate {
    private func grant(_ path: String, _ query: String) throws(Failure) -> URLSigner.Grant {
        let now = clock.now
        if let grant = known.grant(path, query, now: now) { return grant }
        try requireKnownParameters(query)
        do {
            let grant = try signer.verify(path: path, query: query, now: now)
            known.insert(grant, path, query)
            return grant
        } catch {
            throw error == .expired ? .linkExpired : .linkInvalid
        }
    }

    /// What is not signed does not belong to a link. Fails: `platform.invalid-input`.
    private func requireKnownParameters(_ query: String) throws(Failure) {
        for pair in query.split(separator: "&") {
            let name = String(pair.prefix { $0 != "=" })
            if URLSigner.parameters.contains(name) { continue }
            throw .invalid([
                Violation(
                    pointer: "?\(name.prefix(64))", code: "unknown-parameter", detail: "There is no such parameter.")
            ])
        }
    }
}

/// A stored file, shown as its URL says.
struct SignedFile: MediaFile {
    let file: OpenObject
    let presentation: Presentation

    var size: Int64 { file.info.size }
    var etag: String { file.info.etag }
    var modified: Date { file.info.modified }
    var contentType: String { presentation.contentType }
    var filename: String? { presentation.filename }

    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {
        try await file.withHandle(body)
    }
}
