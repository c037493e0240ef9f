import AWSSigning
import Foundation
import PlatformTesting
import Testing

@Suite struct RequestSignerTests {
    private static let moment = Date(timeIntervalSince1970: 1_440_938_160)

    @Test(arguments: SignatureVector.all)
    func `the published requests have the published signatures`(vector: SignatureVector) throws {
        let signer = RequestSigner(
            region: "us-east-1", service: "service", pathRule: vector.normalizes ? .normalized : .unnormalized)
        let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: vector.token)
        let request = SignableRequest(
            method: vector.method, host: "example.amazonaws.com", path: vector.path, query: vector.query,
            headers: vector.headers)
        let payload = vector.body.map { PayloadHash(of: Array($0.utf8)) } ?? .empty
        let fields = signer.headers(
            signing: request, payload: payload, sendsPayloadHash: vector.body != nil, with: credentials,
            at: Self.moment)
        let authorization = try #require(fields.first { $0.name == "Authorization" }?.value)
        #expect(authorization.hasSuffix(" Signature=\(vector.inField)"))
        let query = signer.query(
            signing: request, payload: payload, with: credentials, at: Self.moment, lifetime: .seconds(3_600))
        #expect(query.hasSuffix("&X-Amz-Signature=\(vector.inQuery)"))
    }

    /// AWS, "Authenticating Requests: Using Query Parameters": its example.
    @Test func `the published presigned URL of S3 is the one we make`() {
        let signer = RequestSigner(region: "us-east-1", service: "s3", pathRule: .verbatim)
        let query = signer.query(
            signing: SignableRequest(method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt"),
            with: Self.s3, at: Date(timeIntervalSince1970: 1_369_353_600), lifetime: .seconds(86_400))
        let expected =
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
            + "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        #expect(query == expected)
    }

    /// AWS, "Signature Calculations for the Authorization Header": its GET of a range.
    @Test func `the published request to S3 has the published signature`() {
        let signer = RequestSigner(region: "us-east-1", service: "s3", pathRule: .verbatim)
        let fields = signer.headers(
            signing: SignableRequest(
                method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt",
                headers: [("Range", "bytes=0-9")]),
            payload: .empty, sendsPayloadHash: true, with: Self.s3, at: Date(timeIntervalSince1970: 1_369_353_600))
        #expect(
            fields.last?.value.hasSuffix("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") == true)
    }

    /// AWS, "Transferring Payload in Multiple Chunks": its example of 66,560 times `a`.
    @Test func `the published chunks have the published signatures`() {
        let signer = RequestSigner(region: "us-east-1", service: "s3", pathRule: .verbatim)
        let request = SignableRequest(
            method: "PUT", host: "s3.amazonaws.com", path: "/examplebucket/chunkObject.txt",
            headers: [
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("Content-Length", "66824"),
            ])
        var (fields, chunks) = signer.chunkedHeaders(
            signing: request, with: Self.s3, at: Date(timeIntervalSince1970: 1_369_353_600))
        #expect(
            fields.last?.value.hasSuffix("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9") == true)
        for (count, signature) in [
            (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            (1_024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ] {
            let chunk = [UInt8](repeating: UInt8(ascii: "a"), count: count)
            #expect(chunk.withUnsafeBytes { chunks.signature(of: $0) } == signature)
        }
    }

    @Test func `a lifetime is one that AWS takes`() {
        let signer = RequestSigner(region: "r", service: "s3", pathRule: .verbatim)
        for (asked, given) in [(-1, 1), (0, 1), (604_801, 604_800), (Int.max, 604_800)] {
            let query = signer.query(
                signing: SignableRequest(method: "GET", host: "h"), with: Self.s3, at: Self.moment,
                lifetime: .seconds(asked))
            #expect(query.contains("X-Amz-Expires=\(given)&"))
        }
    }

    @Test func `nothing printed shows a secret`() {
        let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hunter2", sessionToken: "hunter3")
        var told = "\(credentials)" + String(reflecting: credentials) + "\(StaticCredentials(credentials))"
        dump(credentials, to: &told)
        dump(StaticCredentials(credentials), to: &told)
        dump(EnvironmentCredentials(["AWS_SECRET_ACCESS_KEY": "hunter2"]), to: &told)
        #expect(told.contains("AKID") && !told.contains("hunter"))
    }

    @Test func `the environment has credentials when it has both parts`() async throws {
        let whole = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": ""]
        let credentials = try await EnvironmentCredentials(whole).credentials()
        #expect(credentials == AWSCredentials(accessKeyID: "a", secretAccessKey: "b"))
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            for value in [nil, ""] {
                var part = whole
                part[name] = value
                await #expect(throws: NoAWSCredentials.self) { try await EnvironmentCredentials(part).credentials() }
            }
        }
    }

    private static let s3 = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "AWSSigning"))
    }

    @Test func `the example makes what AWS takes`() async throws {
        let desk = Desk(credentials: StaticCredentials(AWSCredentials(accessKeyID: "AKID", secretAccessKey: "s")))
        let date = Date(timeIntervalSince1970: 1_440_938_160)
        let link = try await desk.link(to: "a/b%20c", in: "clips", at: date)
        #expect(link.hasPrefix("https://clips.s3.eu-west-1.amazonaws.com/a/b%20c?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        #expect(link.contains("&X-Amz-Expires=60&") && link.contains("&X-Amz-Signature="))
        let fields = try await desk.fields(posting: [1], at: date)
        #expect(fields.map(\.name) == ["X-Amz-Date", "Authorization"])
        #expect(fields[1].value.contains("SignedHeaders=content-type;host;x-amz-date,"))
    }
}
