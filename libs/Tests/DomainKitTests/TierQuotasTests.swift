import DomainKit
import Testing

private enum Thing: String, QuotaName {
    case uploads, videos, bytes

    var isInBytes: Bool { self == .bytes }
}

private func findings(_ text: String) -> [String] {
    do {
        _ = try TierQuotas<Thing>(text)
        return []
    } catch {
        return error.findings
    }
}

@Suite struct TierQuotasTests {
    private let free = "free uploads=3 videos=100 bytes=10GiB"

    @Test(arguments: [
        "free uploads=3 videos=100 bytes=10GiB; member uploads=10 videos=2000 bytes=500GiB",
        "\n\tmember   bytes=536870912000 uploads=10 videos=02000\r\n;;\nfree videos=100\tuploads=3 bytes=10240MiB\n",
    ])
    func `lines and semicolons part tiers, in any order`(text: String) throws {
        let quotas = try TierQuotas<Thing>(text)
        #expect(quotas.limit(of: .uploads, for: "free") == 3 && quotas.limit(of: .uploads, for: "member") == 10)
        #expect(quotas.limit(of: .videos, for: "free") == 100 && quotas.limit(of: .videos, for: "member") == 2_000)
        #expect(quotas.limit(of: .bytes, for: "free") == 10 << 30)
        #expect(quotas.limit(of: .bytes, for: "member") == 500 << 30)
        #expect(quotas.highest(.bytes) == 500 << 30)
    }

    @Test(arguments: ["gold", "", "FREE", "free ", "メンバー"])
    func `a tier nothing is said of has what free has`(tier: String) throws {
        let quotas = try TierQuotas<Thing>(free + "; member uploads=9 videos=9 bytes=9")
        for thing in Thing.allCases {
            #expect(quotas.limit(of: thing, for: tier) == quotas.limit(of: thing, for: "free"))
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("1KiB", 1 << 10), ("1MiB", 1 << 20), ("1GiB", 1 << 30), ("1TiB", 1 << 40),
            ("8192TiB", 1 << 53), ("9007199254740992", 1 << 53), ("0TiB", 0), ("007KiB", 7 << 10),
        ] as [(String, Int64)])
    func `an amount of bytes may have a unit`(text: String, bytes: Int64) throws {
        #expect(try TierQuotas<Thing>("free uploads=0 videos=0 bytes=\(text)").limit(of: .bytes, for: "free") == bytes)
    }

    @Test(arguments: [
        "", "-1", "+1", "1.5GiB", "1e3", "0x10", "1gib", "1GB", "1G", "GiB", "1GiBGiB", "1KiB1", "１", "٣", "½", "1=1",
        "=1",
        "8193TiB", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "9223372036854775807TiB", "99999999999999999999999999999999999999", "8388608TiB", "16777216TiB",
    ])
    func `no other amount is taken, and it is one finding that names it`(amount: String) {
        let found = findings("free uploads=3 videos=100 bytes=\(amount)")
        #expect(found.count == 1 && found[0].hasPrefix("must say bytes= of free"))
        #expect(found[0].hasSuffix("and says \"bytes=\(amount)\""))
        // It goes on counting after all of them.
        #expect(findings(free) == [])
    }

    @Test(arguments: ["3KiB", "3TiB", "9007199254740993", "-3", "+3"])
    func `what is no amount of bytes has no unit, and the same bounds`(amount: String) {
        #expect(findings("free uploads=\(amount) videos=1 bytes=1").count == 1)
    }

    @Test func `each finding says what must be`() {
        #expect(
            findings("member uploads=1 videos=1 bytes=1") == [
                "must have the tier free, which counts for every tier that is not there"
            ])
        #expect(findings("").count == 1 && findings(" ;\n; ").count == 1)
        #expect(findings("\(free); \(free)") == ["must have the tier free once"])
        #expect(
            findings("free uploads=3 rooms=1 videos=1 bytes=1") == [
                "must say of free what is one of uploads, videos, bytes, and says \"rooms\""
            ])
        #expect(findings("free uploads=3 uploads=4 videos=1 bytes=1") == ["must say uploads of free once"])
        #expect(findings("free uploads=3") == ["must say videos of free", "must say bytes of free"])
        #expect(findings("free uploads videos=1 bytes=1").count == 1)
        #expect(findings("free uploads=3 videos=1 bytes=1 GiB").count == 1)
        #expect(
            findings("\(free); uploads=3 videos=1 bytes=1") == [
                "must begin each tier with its name, 1 to 64 of a-z 0-9 - and _, and not with \"uploads=3\""
            ])
        #expect(findings("\(free); Gold uploads=3 videos=1 bytes=1").count == 1)
        #expect(findings("\(free); \(String(repeating: "g", count: 65)) uploads=3 videos=1 bytes=1").count == 1)
    }

    @Test func `all that is wrong is said at once`() {
        #expect(findings("free uploads=x rooms=1 videos=1; member bytes=1; member").count == 3 + 2 + 1 + 3)
    }

    @Test func `nothing is nothing`() {
        #expect(Thing.allCases.allSatisfy { TierQuotas<Thing>.nothing.limit(of: $0, for: "member") == 0 })
    }
}

@Suite struct QuotaUseTests {
    @Test(
        arguments: [
            (0, 0, 0, true), (0, 0, 1, false), (2, 3, 1, true), (3, 3, 1, false), (4, 3, 1, false), (4, 3, 0, false),
            (Int64.max, Int64.max, 1, false), (Int64.max, 1 << 53, Int64.max, false), (0, Int64.max, Int64.max, true),
            (Int64.min, 1 << 53, Int64.min, false), (Int64.min, 0, Int64.max, true),
        ] as [(Int64, Int64, Int64, Bool)])
    func `there is room up to the limit, whatever the numbers`(used: Int64, limit: Int64, amount: Int64, has: Bool) {
        #expect(QuotaUse(used: used, limit: limit).hasRoom(for: amount) == has)
    }

    @Test func `a refusal says which quota, how much is used and how much there may be`() {
        let failure = Failure.quotaExceeded("video.quota-exceeded", Thing.bytes, QuotaUse(used: 5, limit: 3))
        #expect(failure.kind == .forbidden && failure.code == "video.quota-exceeded")
        #expect(failure.extensions == ["quota": "bytes", "used": .number(5), "limit": .number(3)])
    }
}
