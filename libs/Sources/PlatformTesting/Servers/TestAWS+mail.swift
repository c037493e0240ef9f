internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

extension TestAWS {
    /// A mail that SES has taken.
    public struct SentMail: Sendable, Decodable {
        public let destinations: [String]
        /// As it came.
        public let text: String
        let source: String

        private enum CodingKeys: String, CodingKey {
            case destinations, source
            case text = "raw_data"
        }
    }

    /// Lets mail come from this address, from which SES takes none before.
    public func admit(_ address: String) async throws {
        var request = HTTPClientRequest(url: "\(endpoint)/v2/email/identities")
        request.method = .POST
        request.headers = [
            "Authorization":
                "AWS4-HMAC-SHA256 Credential=AKID/20261126/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0"
        ]
        request.body = .bytes(ByteBuffer(string: #"{"EmailIdentity": "\#(address)"}"#))
        let status = try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status
        guard status == .ok else { throw TestTools.Missing(description: "no identity, but \(status)") }
    }

    /// All that SES took from this address.
    public func sentMails(from sender: String) async throws -> [SentMail] {
        struct State: Decodable {
            struct Mail: Decodable {
                let mails: [SentMail]

                enum CodingKeys: String, CodingKey {
                    case mails = "RawMessage"
                }
            }

            let ses: Mail?
        }
        let answer = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "\(endpoint)/moto-api/data.json"), timeout: .seconds(30))
        let body = try await answer.body.collect(upTo: 1 << 26)
        let state = try JSONDecoder().decode(State.self, from: Data(body.readableBytesView))
        return (state.ses?.mails ?? []).filter { $0.source == sender }
    }
}
