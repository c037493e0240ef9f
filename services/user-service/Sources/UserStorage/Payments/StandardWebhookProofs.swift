import Crypto
import Foundation
public import UserDomain

/// Deliveries signed with a secret that both sides have (Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers"):
/// each signature is an HMAC-SHA-256 over `id.timestamp.body`. A source may have several secrets and send several
/// signatures, so that a secret is changed without a gap; one that is right is enough.
public struct StandardWebhookProofs: WebhookProofs {
    /// A provider sends two while it changes its secret.
    private static let mostSignatures = 16
    private static let lastSecond: Int64 = 253_402_300_799

    private let keys: [PaymentSource: [SymmetricKey]]
    private let nobodys = SymmetricKey(size: .bits256)

    public init(_ secrets: [PaymentSource: [WebhookSecret]]) {
        keys = secrets.mapValues { $0.map { SymmetricKey(data: $0.bytes) } }
    }

    /// A source that there is none of costs what a wrong signature does, and comparing takes the same time whatever is wrong.
    public func delivery(_ claim: WebhookClaim) -> WebhookDelivery? {
        guard let id = claim.id, Self.isID(id), let stamp = claim.timestamp, let sentAt = Self.seconds(stamp) else {
            return nil
        }
        let source = PaymentSource(claim.source)
        let own = source.flatMap { keys[$0] } ?? []
        let signatures = Self.signatures(claim.signatures ?? "")
        let signed = Data("\(id).\(stamp).".utf8) + claim.body
        var isProven = false
        for key in own.isEmpty ? [nobodys] : own {
            let right = HMAC<SHA256>.authenticationCode(for: signed, using: key)
            for signature in signatures {
                // Compares all bytes of it always.
                let isRight = right == signature
                isProven = isRight || isProven
            }
        }
        guard isProven, !own.isEmpty, let source else { return nil }
        return WebhookDelivery(source: source, id: id, sentAt: sentAt, digest: Data(SHA256.hash(data: claim.body)))
    }

    /// Those of the kind that is spoken here; others stand beside them.
    private static func signatures(_ field: String) -> [Data] {
        field.split(separator: " ").prefix(mostSignatures).compactMap { word in
            word.hasPrefix("v1,") ? Data(base64Encoded: String(word.dropFirst(3))) : nil
        }
    }

    /// Without a full stop: the signed text falls apart in one way only.
    private static func isID(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ".") }
    }

    private static func seconds(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let seconds = Int64(text), seconds <= lastSecond
        else { return nil }
        return seconds
    }
}
