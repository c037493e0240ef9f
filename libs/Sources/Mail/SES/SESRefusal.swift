internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// An answer of SES that is not 200 (API reference of SESv2, "SendEmail", "Errors" and "Common errors").
struct SESRefusal {
    let failure: MailFailure

    init(_ status: HTTPResponseStatus, _ type: String?, _ body: ByteBuffer?) {
        let body = body.flatMap { try? JSONDecoder().decode(Body.self, from: Data($0.readableBytesView)) }
        let name = (type ?? body?.type).map(Self.name)
        let reply = MailFailure.Reply(
            code: Int(status.code), status: name, text: Self.text(body?.message ?? body?.capitalMessage ?? ""))
        failure = Self.failure(Int(status.code), name, reply)
    }

    private static func failure(_ status: Int, _ name: String?, _ reply: MailFailure.Reply) -> MailFailure {
        switch (status, name) {
        case (400, "MessageRejected"), (400, "BadRequestException"), (413, _):
            MailFailure(.refused, "SES refused it", reply: reply)
        case (400, "LimitExceededException"), (_, "TooManyRequestsException"), (_, "ThrottlingException"), (429, _),
            (503, _):
            MailFailure(.tryAgain, "SES is busy", reply: reply)
        case (500..., _): MailFailure(.perhapsTaken, "SES failed", reply: reply)
        default: MailFailure(.tryAgain, "SES refuses us", needsOperator: true, reply: reply)
        }
    }

    /// `MessageRejected` of `com.amazonaws.sesv2#MessageRejected:http://...`.
    private static func name(_ type: String) -> String {
        let bare = type.prefix { $0 != ":" }.split(separator: "#").last ?? ""
        return String(bare.unicodeScalars.filter(\.isASCIILetterOrDigit).map(Character.init).prefix(64))
    }

    private static func text(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter(\.isHeaderText).prefix(512)))
    }

    private struct Body: Decodable {
        let type: String?
        let message: String?
        let capitalMessage: String?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
            case capitalMessage = "Message"
        }
    }
}
