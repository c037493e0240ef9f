import DomainKit
import Foundation
import HTTPKit
import NIOCore
import UserDomain

/// The body of a delivery: `{"type", "timestamp", "data"}` (Standard Webhooks 1.0.0, "Payload structure"). Providers send
/// more than is asked for: what is not known is passed over, as nobody here can make them leave it out.
enum MembershipNotice {
    /// Nil for a type nothing is to be done about, whatever else there is.
    ///
    /// Fails: `invalid`, with pointers into the body.
    static func report(in body: ByteBuffer, from source: PaymentSource) throws(Failure) -> MembershipReport? {
        let document = try JSONDecoding.decode(JSONValue.self, from: body)
        switch try JSONDecoding.decode(Kind.self, from: document.only(["type"])).type {
        case "membership.granted": return try granted(document, source)
        case "membership.ended": return try ended(document)
        default: return nil
        }
    }

    private static func granted(_ document: JSONValue, _ source: PaymentSource) throws(Failure) -> MembershipReport {
        let known = ["user_id", "tier", "valid_from", "valid_until"]
        let notice = try JSONDecoding.decode(Granted.self, from: document.notice(known))
        let data = notice.data
        do throws(Failure) {
            let membership = try Membership.checked(
                tier: data.tier, validFrom: data.validFrom, validUntil: data.validUntil, source: source.description)
            return MembershipReport(.granted(membership), of: data.userID, at: notice.timestamp)
        } catch {
            throw .invalid(error.violations.map { $0.at("/data") })
        }
    }

    private static func ended(_ document: JSONValue) throws(Failure) -> MembershipReport {
        let notice = try JSONDecoding.decode(Ended.self, from: document.notice(["user_id"]))
        return MembershipReport(.ended, of: notice.data.userID, at: notice.timestamp)
    }

    private struct Kind: Decodable {
        let type: String

        enum CodingKeys: String, CodingKey {
            case type
        }
    }

    private struct Granted: Decodable {
        let timestamp: Date
        let data: Data

        enum CodingKeys: String, CodingKey {
            case timestamp, data
        }

        struct Data: Decodable {
            let userID: UserID
            let tier: String
            let validFrom: Date
            /// Without one the membership has no end.
            let validUntil: Date?

            enum CodingKeys: String, CodingKey {
                case tier
                case userID = "user_id"
                case validFrom = "valid_from"
                case validUntil = "valid_until"
            }
        }
    }

    private struct Ended: Decodable {
        let timestamp: Date
        let data: Data

        enum CodingKeys: String, CodingKey {
            case timestamp, data
        }

        struct Data: Decodable {
            let userID: UserID

            enum CodingKeys: String, CodingKey {
                case userID = "user_id"
            }
        }
    }
}

extension JSONValue {
    /// The time and these members of `data`.
    fileprivate func notice(_ names: [String]) -> JSONValue {
        guard case .object(let members) = only(["timestamp", "data"]) else { return self }
        return .object(
            members.map { .init(name: $0.name, value: $0.name == "data" ? $0.value.only(names) : $0.value) })
    }

    /// An object without its other members; anything else as it is.
    fileprivate func only(_ names: [String]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { names.contains($0.name) })
    }
}
