import DomainKit

/// Uploads of numbered parts that the store was asked to put together.
extension FinishUpload {
    /// Finishes what a crash left behind the store's work, and lets what it left before it take parts again.
    func settled(_ upload: Upload, _ lease: Lease) async throws -> Upload {
        if let upload = try await completedBefore(upload, lease) { return upload }
        return try await active(upload, lease)
    }

    /// Puts `parts` together, holds them against the digest that is wanted of `upload`, and finishes it.
    func completed(_ upload: Upload, of parts: [MediaPart], _ lease: Lease) async throws -> Upload {
        try await note(.completing(sha256: upload.sha256), upload, lease)
        do {
            try await media.complete(upload.media, of: parts, sha256: upload.sha256)
        } catch let failure as Failure where failure.code == Failure.partsRefusedCode {
            _ = try await active(upload, lease)
            throw failure
        } catch let failure as Failure where failure.code == Failure.checksumMismatch.code {
            try await reopened(upload, lease)
            throw failure
        }
        try standings.requireGood(upload.ownerID)
        return try await finished(upload.completing)
    }

    /// Nil when the store has not put the parts together. What it did is held against the digest that is wanted.
    func completedBefore(_ upload: Upload, _ lease: Lease) async throws -> Upload? {
        let wanted = upload.sha256
        let found = try await media.completed(upload.media, size: upload.size, hashing: wanted != nil)
        guard let found else { return nil }
        if let wanted, wanted != found {
            do {
                try await reopened(upload, lease)
            } catch let failure as Failure where failure.code == Failure.uploadNotFound.code {
                // A store that reads parts before it joins them has none any more: what it joined waits for another call.
            }
            throw Failure.digestMismatch
        }
        try await note(.completing(sha256: wanted), upload, lease)
        return try await finished(upload.completing)
    }

    /// What is under the upload's key is taken away there: so the lease is asked for once more.
    private func reopened(_ upload: Upload, _ lease: Lease) async throws {
        guard let plan = PartPlan(of: upload) else { throw Failure.uploadNotDirect }
        try await require(try await uploads.renew(upload.id, lease))
        try await media.reopen(upload.media, sizes: plan.sizes) { media in
            try await require(try await uploads.note(.moved(to: media), of: upload.id, lease))
        }
        _ = try await active(upload, lease)
    }

    private func active(_ upload: Upload, _ lease: Lease) async throws -> Upload {
        try await note(.active, upload, lease)
        guard let upload = try await uploads.find(upload.id, of: upload.ownerID) else { throw Failure.uploadNotFound }
        return upload
    }

    private func note(_ step: DirectStep, _ upload: Upload, _ lease: Lease) async throws {
        try await require(try await uploads.note(step, of: upload.id, lease))
    }

    private func require(_ checkpoint: Checkpoint) async throws {
        switch checkpoint {
        case .noted: break
        case .leaseLost: throw Failure.uploadBusy
        case .absent: throw Failure.uploadNotFound
        }
    }
}

extension Upload {
    fileprivate var completing: Upload {
        var upload = self
        upload.state = .completing
        return upload
    }
}
