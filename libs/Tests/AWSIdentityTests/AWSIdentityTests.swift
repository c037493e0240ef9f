import AWSIdentity
import AWSSigning
import Foundation
import PlatformTesting
import Synchronization
import Testing

@Suite struct AWSIdentityTests {
    private static let end = "2099-01-01T00:00:00Z"
    private static let lent =
        #"{"AccessKeyId": "ASIA1", "SecretAccessKey": "s/+=", "Token": "t/+=", "Expiration": "\#(end)", "Code": "Success"}"#
    private let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)").path

    @Test func `a service account's token becomes its role's credentials`() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("header.claims&x=y.signature\n".utf8).write(to: URL(fileURLWithPath: file))
        let aws = try await TestAWS.shared()
        let identity = try AWSIdentity([
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/mail", "AWS_WEB_IDENTITY_TOKEN_FILE": file,
            "AWS_ENDPOINT_URL_STS": aws.endpoint, "AWS_EC2_METADATA_DISABLED": "true",
        ])
        let credentials = try await identity.credentials()
        #expect(credentials.accessKeyID.hasPrefix("ASIA") && credentials.sessionToken?.isEmpty == false)
        let expiry = try #require(credentials.expiry)
        #expect(expiry > Date() && expiry < Date(timeIntervalSinceNow: 86_400))
    }

    @Test func `the token is sent whole, and its file read again for the next time`() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try await ScriptedHTTPServer.start { request in
            let id = request.text.contains("WebIdentityToken=second%26x%3Dy") ? "ASIA2" : "ASIA1"
            return .answer(
                .init(
                    200, [],
                    "<a><Credentials><AccessKeyId>\(id)</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                        + "<SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></a>"
                ))
        }
        let now = Mutex(Date(timeIntervalSince1970: 1_795_702_200))
        try Data("first".utf8).write(to: URL(fileURLWithPath: file))
        let identity = try AWSIdentity(
            [
                "AWS_ROLE_ARN": "arn:aws:iam::1:role/a b", "AWS_WEB_IDENTITY_TOKEN_FILE": file,
                "AWS_ENDPOINT_URL_STS": server.url + "/",
            ], now: { now.withLock { $0 } })
        #expect(try await identity.credentials().accessKeyID == "ASIA1")
        try Data("second&x=y\n".utf8).write(to: URL(fileURLWithPath: file))
        #expect(try await identity.credentials().accessKeyID == "ASIA1" && server.requests.count == 1)
        now.withLock { $0 = Date(timeIntervalSince1970: 1_893_455_990) }
        #expect(try await identity.credentials().accessKeyID == "ASIA2" && server.requests.count == 2)
        #expect(server.requests[0].line == "POST / HTTP/1.1")
        #expect(server.requests[0].text.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b&"))
    }

    @Test func `a container's service is asked with its token`() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200, [], Self.lent)) }
        try Data("pod-token\n".utf8).write(to: URL(fileURLWithPath: file))
        let identity = try AWSIdentity([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
        ])
        let credentials = try await identity.credentials()
        #expect(credentials.accessKeyID == "ASIA1" && credentials.secretAccessKey == "s/+=")
        let end = try Date(Self.end, strategy: .iso8601)
        #expect(credentials.sessionToken == "t/+=" && credentials.expiry == end)
        #expect(server.requests[0].line == "GET /v1/credentials HTTP/1.1")
        #expect(server.requests[0].field("Authorization") == "pod-token")
    }

    @Test func `an instance is asked by the second version of its service`() async throws {
        let server = try await ScriptedHTTPServer.start { request in
            if request.line.hasPrefix("PUT /latest/api/token ") { return .answer(.init(200, [], "metadata-token")) }
            guard request.field("X-aws-ec2-metadata-token") == "metadata-token" else { return .answer(.init(401)) }
            let isLent = request.line.contains("credentials/mail-role ")
            return .answer(.init(200, [], isLent ? Self.lent : "mail-role\nother"))
        }
        let identity = try AWSIdentity(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(try await identity.credentials().accessKeyID == "ASIA1")
        #expect(server.requests.map { $0.line.split(separator: " ")[0] } == ["PUT", "GET", "GET"])
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c", "Expiration": "soon"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c", "Expiration": "99999999999999999999-01-01T00:00:00Z"}"#,
        #"{"AccessKeyId": "a\r\nX: y", "SecretAccessKey": "b", "Token": "c", "Expiration": "2099-01-01T00:00:00Z"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c d", "Expiration": "2099-01-01T00:00:00Z"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c", "Expiration": "2001-01-01T00:00:00Z"}"#,
        #"{"AccessKeyId": 1, "SecretAccessKey": "b", "Token": "c", "Expiration": "2099-01-01T00:00:00Z"}"#,
    ])
    func `an answer that has no living credentials is none, and repeats nothing`(body: String) async throws {
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200, [], body)) }
        let identity = try AWSIdentity(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
        let error = await #expect(throws: NoAWSCredentials.self) { try await identity.credentials() }
        #expect(error.map { !"\($0)".contains("127.0.0.1") && !"\($0)".contains("X: y") } == true)
    }

    @Test(arguments: ["../../x", "..", ".", "", "a b", "a/b", "é", "\r\n", String(repeating: "a", count: 65)])
    func `a role that leads elsewhere is none`(role: String) async throws {
        let server = try await ScriptedHTTPServer.start { request in
            .answer(.init(200, [], request.method == "PUT" ? "token" : role))
        }
        let identity = try AWSIdentity(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        await #expect(throws: NoAWSCredentials.self) { try await identity.credentials() }
        #expect(server.requests.count == 2)
    }

    @Test func `an answer without end is not read, and another status is no answer`() async throws {
        for (status, body) in [(200, String(repeating: "x", count: 1 << 20)), (302, ""), (500, Self.lent)] {
            let server = try await ScriptedHTTPServer.start { _ in .answer(.init(status, [], body)) }
            let identity = try AWSIdentity(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
            await #expect(throws: NoAWSCredentials.self) { try await identity.credentials() }
        }
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.169.255/", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/",
        "127.0.0.1", "http://",
        "http://u:p@127.0.0.1/", "http://127.0.0.256/",
    ])
    func `nobody is asked in the clear but this machine and AWS's agents`(url: String) {
        for name in ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"] {
            #expect(throws: NoAWSCredentials.self) { try AWSIdentity([name: url]) }
        }
        #expect(throws: NoAWSCredentials.self) {
            try AWSIdentity(["AWS_ROLE_ARN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "/f", "AWS_ENDPOINT_URL_STS": url])
        }
    }

    @Test func `what is set first counts, and its failure is not another's turn`() async throws {
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200, [], Self.lent)) }
        let container = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]
        let keys = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"]
        let own = try AWSIdentity(container.merging(keys) { $1 })
        #expect(try await own.credentials().accessKeyID == "AKID")
        let role = ["AWS_ROLE_ARN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere", "AWS_REGION": "r"]
        let lost = try AWSIdentity(container.merging(role) { $1 })
        await #expect(throws: NoAWSCredentials.self) { try await lost.credentials() }
        #expect(server.requests.isEmpty)
        #expect(throws: NoAWSCredentials.self) { try AWSIdentity(["AWS_EC2_METADATA_DISABLED": "true"]) }
    }
}
