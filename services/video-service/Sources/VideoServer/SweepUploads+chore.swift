import Logging
import ServiceKit
import VideoDomain

extension SweepUploads {
    /// A round now and then; what it did goes to the log, louder when something could not be done.
    func chore(every interval: Duration, _ logger: Logger) -> Chore {
        Chore("uploads", every: interval) {
            let done = try await self()
            guard done != Outcome() else { return }
            logger.log(
                level: done.failed > 0 ? .warning : .info, "swept uploads",
                metadata: [
                    "finished": "\(done.finished)", "expired": "\(done.expired)", "cleaned": "\(done.cleaned)",
                    "orphans": "\(done.orphans)", "refused": "\(done.refused)", "failed": "\(done.failed)",
                ])
        }
    }
}
