internal import AsyncHTTPClient
public import AWSSigning
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Sends mail by Amazon SES: `SendEmail` of its version 2, with the message as its own bytes, signed by Signature Version 4.
///
/// Many messages may be under way at once. An answer that does not come is `.perhapsTaken`, as is one of 500 and more
/// but 503; throttling is `.tryAgain`; what is wrong with the account or the credentials is `.tryAgain` with
/// `needsOperator`.
public struct SESTransport: MailTransport {
    private let configuration: SESConfiguration
    private let credentials: any AWSCredentialsProvider
    private let signer: RequestSigner

    /// Follows no redirects and lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    public init(_ configuration: SESConfiguration, credentials: any AWSCredentialsProvider) {
        self.configuration = configuration
        self.credentials = credentials
        signer = RequestSigner(region: configuration.region, service: "ses")
    }

    public func send(_ message: MailMessage) async throws(MailFailure) {
        guard !message.needsUTF8 else { throw MailFailure(.refused, "SES takes no addresses beyond ASCII") }
        guard !Task.isCancelled else { throw MailFailure(.tryAgain, "cancelled") }
        let credentials: AWSCredentials
        do throws(NoAWSCredentials) {
            credentials = try await self.credentials.credentials()
        } catch {
            throw MailFailure(.tryAgain, error.description, needsOperator: true)
        }
        guard let body = try? JSONEncoder().encode(SendEmail(message, configuration.configurationSet)) else {
            throw MailFailure(.refused, "cannot be written as JSON")
        }
        let request = request(body, credentials)
        // A request that is on its way goes to its end: cancelled, nobody would know whether it was taken.
        let asked = Task { await answer(to: request) }
        if let failure = await asked.value { throw failure }
    }

    private static let path = "/v2/email/outbound-emails"

    private func request(_ body: Data, _ credentials: AWSCredentials) -> HTTPClientRequest {
        let host = configuration.endpoint.split(separator: "/").last.map(String.init) ?? ""
        let type = (name: "Content-Type", value: "application/json")
        let signable = SignableRequest(method: "POST", host: host, path: Self.path, headers: [type])
        let signed = signer.headers(
            signing: signable, payload: PayloadHash(of: body), with: credentials, at: Date())
        var request = HTTPClientRequest(url: configuration.endpoint + Self.path)
        request.method = .POST
        request.headers = HTTPHeaders([("Host", host), (type.name, type.value)] + signed.map { ($0.name, $0.value) })
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    /// Nil when it was taken.
    private func answer(to request: HTTPClientRequest) async -> MailFailure? {
        do {
            let limit = TimeAmount(configuration.timeout)
            let response = try await Self.client.execute(request, timeout: limit)
            if response.status == .ok { return nil }
            let said = try? await response.body.collect(upTo: 65_536)
            return SESRefusal(response.status, response.headers.first(name: "x-amzn-errortype"), said).failure
        } catch let error as HTTPClientError where Self.neverLeft.contains(error) {
            return MailFailure(.tryAgain, "SES cannot be reached: \(error.shortDescription)")
        } catch let error as IOError where Self.unreachable.contains(error.errnoCode) {
            return MailFailure(.tryAgain, "SES cannot be reached")
        } catch is NIOConnectionError {
            return MailFailure(.tryAgain, "SES cannot be reached")
        } catch {
            return MailFailure(.perhapsTaken, "no answer from SES (\(type(of: error)))")
        }
    }

    private static let unreachable = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL]
    private static let neverLeft: [HTTPClientError] = [
        .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout,
    ]
}

/// The body of `SendEmail`.
private struct SendEmail: Encodable {
    let sender: String
    let returnPath: String?
    let destination: [String: [String]]
    let content: [String: [String: Data]]
    let configurationSet: String?

    init(_ message: MailMessage, _ configurationSet: String?) {
        sender = message.sender.wire
        if case .address(let address) = message.returnPath { returnPath = address.wire } else { returnPath = nil }
        destination = ["ToAddresses": message.recipients.map(\.wire)]
        content = ["Raw": ["Data": Data(message.bytes())]]
        self.configurationSet = configurationSet
    }

    private enum CodingKeys: String, CodingKey {
        case sender = "FromEmailAddress"
        case returnPath = "FeedbackForwardingEmailAddress"
        case destination = "Destination"
        case content = "Content"
        case configurationSet = "ConfigurationSetName"
    }
}
