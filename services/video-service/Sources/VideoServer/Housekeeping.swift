import DomainKit
import Logging
import PostgresIdempotency
import ServiceLifecycle
import VideoDomain
import VideoStorage

/// Sweeps uploads and idempotency keys in the background, now and then, until the service stops.
struct Housekeeping<
    Uploads: UploadStore, Media: MediaStore, Notes: AbandonedMediaStore, Turns: SweepTurns
>: Service {
    let sweep: SweepUploads<Uploads, Media, Notes, Turns>
    let idempotency: PostgresIdempotencyStore
    let interval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await round()
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// What fails is tried again in the next round.
    private func round() async {
        do {
            try await idempotency.sweep()
            let done = try await sweep()
            if done != SweepUploads<Uploads, Media, Notes, Turns>.Outcome() {
                logger.log(
                    level: done.failed > 0 ? .warning : .info, "swept uploads",
                    metadata: [
                        "finished": "\(done.finished)", "expired": "\(done.expired)", "cleaned": "\(done.cleaned)",
                        "orphans": "\(done.orphans)", "failed": "\(done.failed)",
                    ])
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("sweeping uploads failed", metadata: ["error": "\(error)"])
        }
    }
}
