import DomainKit
import HTTPTypes
import Hummingbird

extension Request {
    /// Bodies are taken as they are. Fails: 415 for one that says it is encoded (RFC 9110 §8.4), whatever the coding.
    func requirePlainContent() throws(Failure) {
        let codings = headers[values: .contentEncoding].joined(separator: ",").lowercased()
        let isPlain = codings.split(separator: ",").allSatisfy { coding in
            coding.unicodeScalars.filter { $0 != " " && $0 != "\t" }.elementsEqual("identity".unicodeScalars)
        }
        guard isPlain else {
            throw Failure(
                .unsupportedMediaType, code: "platform.unsupported-media-type",
                message: "The body must be sent without a content coding.")
        }
    }
}
