import DomainKit
import HTTPTypes
import Hummingbird

extension Request {
    /// Content that is packed would be stored as it is by whoever reads bytes, and nobody here unpacks (RFC 9110 §8.4).
    ///
    /// Fails: `platform.unsupported-content-encoding`, for content under any coding but `identity`.
    func requirePlainContent() throws {
        guard let coding = headers[.contentEncoding], hasContent else { return }
        let isPlain = coding.split(separator: ",").allSatisfy {
            let name = $0.trimmingSpace.lowercased()
            return name == "identity" || name.isEmpty
        }
        guard !isPlain else { return }
        throw Failure(
            .unsupportedMediaType, code: "platform.unsupported-content-encoding",
            message: "The body must be sent as it is, without a content coding."
        ).with([.acceptEncoding: "identity"])
    }

    private var hasContent: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }
}
