import DomainKit
import Foundation
import UserDomain

/// What a notice tells beside its kind: when, and from where. Of what a device says of itself only names that we know are
/// repeated, so that nobody can have us write to somebody else in their words.
struct MailFacts: Sendable {
    let at: Date?
    let device: String?
    let network: String?
    /// The one that the account is to have.
    let email: String?

    private struct Stored: Decodable {
        var at: String?
        var userAgent: String?
        var address: String?
        var email: String?

        enum CodingKeys: String, CodingKey {
            case at, address, email
            case userAgent = "user_agent"
        }
    }

    /// Of what is no JSON of ours, nothing is told.
    init(stored json: String) {
        let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8))
        email = stored?.email
        at = stored?.at.flatMap { RFC3339.date(from: $0) }
        device = stored?.userAgent.flatMap(Self.name)
        network = stored?.address.flatMap(SourceNetwork.init)?.description
    }

    /// The lines of a mail; none where nothing is known.
    func lines(in language: Language) -> [String] {
        let labels =
            language == .japanese
            ? ("新しいメールアドレス", "日時", "端末", "ネットワーク") : ("New e-mail address", "When", "Device", "Network")
        let pairs = [
            (labels.0, email), (labels.1, at.map(Self.minute)), (labels.2, device), (labels.3, network),
        ]
        return pairs.compactMap { label, value in value.map { "\(label): \($0)" } }
    }

    private static func minute(_ date: Date) -> String {
        let text = RFC3339.string(from: date)
        return text.prefix(16).replacing("T", with: " ") + " UTC"
    }

    private static let browsers = [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]
    private static let systems = [
        ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]

    private static func name(_ userAgent: String) -> String? {
        func first(_ known: [(String, String)]) -> String? { known.first { userAgent.contains($0.0) }?.1 }
        let parts = [first(browsers), first(systems)].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
