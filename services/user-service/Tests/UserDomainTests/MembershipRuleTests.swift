import DomainKit
import Foundation
import Testing
import UserDomain

@Suite struct MembershipRuleTests {
    let begin = Date(timeIntervalSince1970: 1_800_000_000)

    func violations(
        tier: String = "member", until: Date? = nil, source: String = "gift"
    ) -> [String: String] {
        do throws(Failure) {
            _ = try Membership.checked(tier: tier, validFrom: begin, validUntil: until, source: source)
            return [:]
        } catch {
            return Dictionary(error.violations.map { ($0.pointer, $0.code) }) { first, _ in first }
        }
    }

    @Test func `an end that does not come after the beginning is reversed`() {
        #expect(violations(until: begin - 1) == ["/valid_until": "reversed"])
        #expect(violations(until: begin) == ["/valid_until": "reversed"])
        #expect(violations(until: begin + 0.000_1) == ["/valid_until": "reversed"])
        #expect(violations(until: begin + 0.001) == [:])
        #expect(violations(until: nil) == [:])
    }

    @Test func `tiers are those there are, sources have 1 to 64 characters`() {
        #expect(violations(tier: "gold", source: "") == ["/tier": "not-acceptable", "/source": "blank"])
        #expect(violations(tier: "Member") == ["/tier": "not-acceptable"])
        #expect(violations(source: String(repeating: "源", count: 64)) == [:])
        #expect(violations(source: String(repeating: "源", count: 65)) == ["/source": "too-long"])
        #expect(violations(tier: "free") == [:])
    }

    @Test func `times no calendar has do no harm`() {
        #expect(violations(until: .distantFuture) == [:])
        #expect(violations(until: .distantPast) == ["/valid_until": "reversed"])
    }
}
