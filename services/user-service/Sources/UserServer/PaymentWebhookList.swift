import ServiceKit
import UserDomain

/// `PAYMENT_WEBHOOKS`: the payment providers that are listened to, one a line or with `;` between them, each `name secret` or
/// `name secret,secret` while the provider changes its secret.
enum PaymentWebhookList {
    private static let key = "PAYMENT_WEBHOOKS"
    private static let mostSecrets = 4

    /// What is wrong is noted, a line that cannot be read by its number: it has a secret in it. Empty where nothing is said,
    /// and for the word `none`.
    static func read(from settings: inout SettingsReader) -> [PaymentSource: [WebhookSecret]] {
        let text = settings.secret(
            key, default: "", "Payment providers, for their webhooks: name whsec_secret[,whsec_secret] a line, or none")
        if text == "none" { return [:] }
        var sources: [PaymentSource: [WebhookSecret]] = [:]
        let parts = text.split { $0.isNewline || $0 == ";" }
        for (index, part) in parts.enumerated() where !part.allSatisfy(\.isWhitespace) {
            guard let (source, secrets) = line(part) else {
                settings.note(
                    key,
                    "line \(index + 1) must be a name of a-z 0-9 - and 1 to \(mostSecrets) secrets, each whsec_ and 24 to 64 "
                        + "bytes in base64")
                continue
            }
            if sources.updateValue(secrets, forKey: source) != nil { settings.note(key, "\(source) is there twice") }
        }
        return sources
    }

    private static func line(_ text: Substring) -> (PaymentSource, [WebhookSecret])? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let source = PaymentSource(String(words[0])) else { return nil }
        let parts = words[1].split(separator: ",", omittingEmptySubsequences: false)
        let secrets = parts.compactMap { WebhookSecret(String($0)) }
        guard secrets.count == parts.count, secrets.count <= mostSecrets else { return nil }
        return (source, secrets)
    }
}
