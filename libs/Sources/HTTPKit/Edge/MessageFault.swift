import DomainKit
import HTTPTypes
import NIOHTTP1

/// What is wrong with a message before it is a request: it gets this answer, after those to the requests before it, and the
/// connection ends.
struct MessageFault: Error {
    let status: HTTPResponse.Status
    let failure: Failure

    init(_ status: HTTPResponse.Status, code: String, message: String) {
        self.status = status
        failure = Failure(.invalidInput, code: code, message: message)
    }

    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headersTooLarge
        default: self = .malformed
        }
    }

    static let malformed = MessageFault(
        .badRequest, code: "platform.malformed-http", message: "This is not HTTP as RFC 9112 has it.")

    /// RFC 6585 §5.
    static let headersTooLarge = MessageFault(
        .requestHeaderFieldsTooLarge, code: "platform.headers-too-large", message: "The address or a field is too long."
    )

    /// RFC 9112 §3.2.
    static let notOneHost = MessageFault(
        .badRequest, code: "platform.malformed-http", message: "A request has one Host field.")

    /// RFC 9112 §6.1.
    static let unknownTransferCoding = MessageFault(
        .notImplemented, code: "platform.unsupported-transfer-encoding",
        message: "The only transfer coding understood here is chunked.")
}
