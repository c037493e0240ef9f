import DomainKit
import Testing

@Suite struct FailureTests {
    private struct Lost: Error {}

    @Test func `validation collects every violation under its pointer`() {
        var check = Validation()
        let good = check("/a") { () throws(Violation) in 1 }
        let bad: Int? = check("/b") { () throws(Violation) in
            throw Violation(pointer: "/0", code: "too-long", detail: "Too long.")
        }
        let worse: Int? = check("/c") { () throws(Violation) in throw Violation(code: "empty", detail: "Empty.") }
        #expect(good == 1 && bad == nil && worse == nil)
        do throws(Failure) {
            try check.done()
            Issue.record("violations were passed over")
        } catch {
            #expect(error.kind == .invalidInput)
            #expect(error.violations.map(\.pointer) == ["/b/0", "/c"])
        }
    }

    @Test func `validation without violations passes`() throws {
        var check = Validation()
        _ = check("/a") { () throws(Violation) in "x" }
        try check.done()
    }

    @Test func `what led to a failure stays private and does not change what callers see`() {
        let plain = Failure(.notFound, code: "chat.room-not-found", message: "No such room.")
        let noted = plain.caused(by: Lost()).noting("room", 7)
        #expect(noted.cause is Lost)
        #expect(noted.context == ["room": "7"])
        #expect(noted.code == plain.code && noted.message == plain.message)
        #expect(plain.cause == nil && plain.context.isEmpty)
    }

    @Test func `a dependency that is away is named to the log only`() {
        let failure = Failure.unavailable("postgres", cause: Lost())
        #expect(failure.kind == .unavailable)
        #expect(!failure.message.contains("postgres"))
        #expect(failure.context["dependency"] == "postgres")
        #expect(failure.retryAfter == .seconds(1))
    }
}
