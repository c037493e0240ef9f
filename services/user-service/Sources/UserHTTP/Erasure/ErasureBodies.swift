import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import UserDomain

/// `DELETE /v1/me`: one of the two, or nothing of them where the session has shown enough.
struct EraseBody: Decodable {
    let proof: ErasureProof

    enum CodingKeys: String, CodingKey {
        case code, password
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        switch (members.contains(.code), members.contains(.password)) {
        case (true, false): proof = .code(try members.decode(String.self, forKey: .code))
        case (false, true): proof = .password(ClaimedPassword(try members.decode(String.self, forKey: .password)))
        case (false, false): proof = .session
        case (true, true): throw Violation(code: "not-acceptable", detail: "Send either a code or a password.")
        }
    }
}

/// When an account is erased unless its owner signs in before.
struct EraseAtBody: JSONWritable {
    let eraseAt: Date

    func write(to json: inout JSONWriter) {
        json.object { $0.member("erase_at", eraseAt) }
    }
}

/// `PUT /internal/v1/erasures/{id}/report`.
struct ErasureReportBody: Decodable {
    let removed: [String: Int64]

    enum CodingKeys: String, CodingKey {
        case removed
    }

    /// Fails: `invalid`.
    func checked() throws(Failure) -> [String: Int64] {
        var check = Validation()
        _ = check("/removed") { () throws(Violation) in
            guard removed.count <= ErasureReport.mostKinds else {
                throw Violation(code: "too-many", detail: "At most \(ErasureReport.mostKinds) kinds are taken.")
            }
            guard removed.allSatisfy({ Self.isKind($0.key) && $0.value >= 0 }) else {
                throw Violation(
                    code: "not-acceptable",
                    detail: "A kind has 1 to 40 of a-z and _, and a number that is not negative.")
            }
        }
        try check.done()
        return removed
    }

    private static func isKind(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && name.utf8.allSatisfy { $0 == 95 || (97...122).contains($0) }
    }
}

/// Accounts that services must keep nothing of.
struct ErasurePageBody: JSONWritable {
    let page: ErasurePage

    func write(to json: inout JSONWriter) {
        json.object { body in
            body.member(
                "items",
                array: { list in
                    for account in page.items { list.element(ItemBody(account: account)) }
                })
            body.member("next", page.next.description)
        }
    }

    private struct ItemBody: JSONWritable {
        let account: ErasedAccount

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("seq", account.position.seq)
                $0.member("tag", account.position.tag)
                $0.member("user_id", account.userID)
                $0.member("at", account.at)
            }
        }
    }
}

/// An erasure as admins see it.
struct ErasureBody: JSONWritable {
    let erasure: Erasure

    func write(to json: inout JSONWriter) {
        json.object { body in
            body.member("user_id", erasure.account.userID)
            body.member("erased_at", erasure.account.at)
            body.member("finished_at", erasure.finishedAt)
            body.member(
                "reports",
                array: { list in
                    for report in erasure.reports { list.element(ReportBody(report: report)) }
                })
        }
    }

    private struct ReportBody: JSONWritable {
        let report: ErasureReport

        func write(to json: inout JSONWriter) {
            json.object { body in
                body.member("service", report.service)
                body.member("at", report.at)
                body.member(
                    "removed",
                    object: { counts in
                        for (kind, count) in report.removed.sorted(by: { $0.key < $1.key }) {
                            counts.member(kind, count)
                        }
                    })
            }
        }
    }
}
