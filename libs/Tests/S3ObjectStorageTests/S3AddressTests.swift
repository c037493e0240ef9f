import AWSSigning
import Foundation
import Logging
import ObjectStorage
import S3ObjectStorage
import Testing

@Suite struct S3AddressTests {
    @Test(arguments: [
        ("s3://films?region=eu-west-1", "https://films.s3.eu-west-1.amazonaws.com/a/b?"),
        ("s3://films.example?region=eu-west-1", "https://s3.eu-west-1.amazonaws.com/films.example/a/b?"),
        ("s3://films?region=cn-north-1", "https://films.s3.cn-north-1.amazonaws.com.cn/a/b?"),
        ("s3://films?region=eu-west-1&style=path", "https://s3.eu-west-1.amazonaws.com/films/a/b?"),
        ("s3://films?region=r&endpoint=https://store.example:9000/", "https://store.example:9000/films/a/b?"),
        ("s3://films?region=r&endpoint=https%3A%2F%2Fstore.example&style=host", "https://films.store.example/a/b?"),
        ("s3://films?endpoint=http://127.0.0.1:80&region=RegionOne", "http://127.0.0.1/films/a/b?"),
        ("s3://films?endpoint=http://[::1]:9000&region=r", "http://[::1]:9000/films/a/b?"),
    ])
    func `an address says where objects are`(text: String, beginning: String) async throws {
        let credentials = StaticCredentials(AWSCredentials(accessKeyID: "a", secretAccessKey: "s"))
        let store = S3ObjectStore(try S3Address(text), credentials: credentials, logger: Logger(label: "test"))
        let key = try #require(ObjectKey("a/b"))
        let signed = try await store.signedURL(
            for: key, as: Presentation(contentType: "a/b"), until: Date(timeIntervalSinceNow: 60))
        #expect(signed.url.hasPrefix(beginning))
    }

    @Test(arguments: [
        "", "s3://", "s3:films", "file:///films", "s3://films", "s3://films?region=", "s3://films?region=a%20b",
        "s3://fi?region=r", "s3://Films?region=r", "s3://fi_lms?region=r", "s3://-films?region=r",
        "s3://fi..lms?region=r",
        "s3://films/folder?region=r", "s3://films:9000?region=r", "s3://key:secret@films?region=r",
        "s3://films?region=r#x",
        "s3://films?region=r&region=r", "s3://films?region=r&other=x", "s3://films?region=r&style=sideways",
        "s3://films?region=r&endpoint=http://store.example", "s3://films?region=r&endpoint=store.example",
        "s3://films?region=r&endpoint=https://store.example/path",
        "s3://films?region=r&endpoint=https://u:p@store.example",
        "s3://films?region=r&endpoint=https://store.example:0",
        "s3://films?region=r&endpoint=http://127.0.0.1.example.com",
        "s3://films?region=r&endpoint=http://127.0.0.256", "s3://films?region=r&endpoint=http://127.0.0.+1",
    ])
    func `anything else stops the start, and repeats no secret`(text: String) {
        let error = #expect(throws: ObjectStoreError.self) { try S3Address(text) }
        guard case .badAddress(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.contains("secret"))
    }
}
