import AWSSigning
import Foundation
import PlatformTesting
import Testing

@Suite struct SecondJudgeTests {
    /// A request as `Judge/sign.py` reads it.
    private struct Case: Encodable {
        let method, url, region, service, body: String
        let headers: [[String]]
        let token: String?
        let isPresigned: Bool
        let lifetime: Int
    }

    private struct Asked: Encodable {
        let time: Int
        let cases: [Case]
    }

    private static let time = 1_795_702_200
    private static let dotted = [
        "/", "//", "/.", "/..", "/./", "/../", "/a/.", "/a/..", "/a/b/..", "/a/b/../", "/a//", "/a/./b/../../c",
        "/a...b/..c",
    ]

    @Test func `random requests are signed as botocore signs them`() async throws {
        var cases: [Case] = []
        var ours: [String] = []
        for number in 0..<300 {
            let (asked, signature) = sample(number, isPresigned: number % 3 == 0, isStorage: number % 2 == 0)
            cases.append(asked)
            ours.append(signature)
        }
        let input = try JSONEncoder().encode(Asked(time: Self.time, cases: cases))
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Judge/sign.py").path
        let output = try await TestTools.answer(of: script, to: input)
        let theirs = try JSONDecoder().decode([String].self, from: output).map { answer in
            let parts = answer.components(separatedBy: "Signature=")
            return parts.count == 2 ? parts[1] : answer
        }
        for (number, (our, their)) in zip(ours, theirs).enumerated() {
            #expect(our == their, "\(cases[number].service) \(cases[number].isPresigned) \(cases[number].url)")
        }
        #expect(theirs.count == ours.count)
    }

    /// A request for both, and the signature we make.
    private func sample(_ number: Int, isPresigned: Bool, isStorage: Bool) -> (Case, String) {
        let service = isStorage ? "s3" : "service"
        let token = Bool.random() ? "token/+=\(Int.random(in: 0...9))" : nil
        let random = "/" + (0..<Int.random(in: 0...4)).map { _ in encoded(word()) }.joined(separator: "/")
        let path = number / 2 < Self.dotted.count ? Self.dotted[number / 2] : random
        // Each name once: botocore keeps one value of a name when it presigns.
        let query = (0..<Int.random(in: 0...4)).map { (name: word() + "\($0)", value: word()) }
        let body = isPresigned ? "" : word() + word()
        let headers = Bool.random() ? [(name: "X-Custom", value: "a  b \(Int.random(in: 0...9))")] : []
        let region = ["eu-west-1", "us-east-1"].randomElement() ?? ""
        let host = "host.example.com"
        let request = SignableRequest(
            method: isPresigned ? "GET" : "POST", host: host, path: path, query: query, headers: headers)
        let signer = RequestSigner(region: region, service: service, pathRule: isStorage ? .verbatim : .normalized)
        let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: token)
        let date = Date(timeIntervalSince1970: Double(Self.time))
        let lifetime = Int.random(in: 1...604_800)
        let wire = query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
        let asked = Case(
            method: request.method, url: "https://\(host)\(path)" + (wire.isEmpty ? "" : "?\(wire)"), region: region,
            service: service, body: body, headers: headers.map { [$0.name, $0.value] }, token: token,
            isPresigned: isPresigned, lifetime: lifetime)
        let signed =
            isPresigned
            ? signer.query(
                signing: request, payload: isStorage ? .unsigned : .empty, with: credentials, at: date,
                lifetime: .seconds(lifetime))
            : signer.headers(
                signing: request, payload: PayloadHash(of: Array(body.utf8)), sendsPayloadHash: isStorage,
                with: credentials, at: date
            ).last?.value ?? ""
        return (asked, signed.components(separatedBy: "Signature=").last ?? "")
    }

    private func word() -> String {
        let pieces = ["a", "Z", "0", "-", "_", "~", ".", "..", " ", "+", "%", "é", "花", "&", "=", ";", "*", "'", "("]
        return (0..<Int.random(in: 1...4)).map { _ in pieces.randomElement() ?? "" }.joined()
    }

    private func encoded(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
