import Foundation
import Mail

/// A message for `to`, with an identifier of its own and lines that begin with dots.
func mail(
    _ id: String = UUID().uuidString, to: [String] = ["hanako@example.com"], text: String = ".\r\n..\r\n.x\r\nこん\r\n.",
    returnPath: MailMessage.ReturnPath = .sender
) throws -> MailMessage {
    try MailMessage(
        id: id, from: MailAddress("no-reply@hiroba.example", name: "広場"), to: to.map { try MailAddress($0) },
        subject: "確認 \(id)", text: text, html: "<p>.</p>", date: Date(timeIntervalSince1970: 1_795_702_200),
        returnPath: returnPath)
}

/// Why `body` failed; nil when it did not.
func failure(_ body: () async throws(MailFailure) -> Void) async -> MailFailure? {
    do throws(MailFailure) {
        try await body()
        return nil
    } catch {
        return error
    }
}
