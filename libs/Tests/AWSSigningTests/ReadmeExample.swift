import AWSSigning
import Foundation

// The page in Sources/AWSSigning/README.md, from the next line to the end.
/// A link that lets its holder read one object for a minute, and a call that carries its proof in a field.
struct Desk: Sendable {
    let credentials: any AWSCredentialsProvider

    func link(to key: String, in bucket: String, at date: Date) async throws -> String {
        let (signer, host) = (Self.storage, "\(bucket).s3.eu-west-1.amazonaws.com")
        let request = SignableRequest(method: "GET", host: host, path: "/\(key)")
        let query = signer.query(
            signing: request, with: try await credentials.credentials(), at: date, lifetime: .seconds(60))
        return "https://\(host)/\(key)?\(query)"
    }

    /// The fields to add to a POST of `body`, which goes out exactly as it was signed.
    func fields(posting body: [UInt8], at date: Date) async throws -> [(name: String, value: String)] {
        let signer = RequestSigner(region: "eu-west-1", service: "ses")
        let request = SignableRequest(
            method: "POST", host: "email.eu-west-1.amazonaws.com", path: "/v2/email/outbound-emails",
            headers: [("Content-Type", "application/json")])
        return signer.headers(
            signing: request, payload: PayloadHash(of: body), with: try await credentials.credentials(), at: date)
    }

    private static let storage = RequestSigner(region: "eu-west-1", service: "s3", pathRule: .verbatim)
}
