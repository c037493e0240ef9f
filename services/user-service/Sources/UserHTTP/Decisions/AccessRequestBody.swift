import DomainKit
import HTTPKit
import UserDomain

/// `POST /v1/authz/decisions`.
struct DecisionsRequestBody: Decodable {
    let requests: [AccessRequestBody]

    enum CodingKeys: String, CodingKey {
        case requests
    }

    /// Counts first: of too many, none is looked at.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let count = try members.nestedUnkeyedContainer(forKey: .requests).count ?? 0
        guard count <= Decide.mostQuestions else {
            throw Violation(
                pointer: "/requests", code: "too-many", detail: "At most \(Decide.mostQuestions) are answered at once.")
        }
        requests = try members.decode([AccessRequestBody].self, forKey: .requests)
    }
}

/// One question; all that `POST /v1/authz/explain` takes.
struct AccessRequestBody: Decodable {
    let subject: String
    let action: String
    let resource: ResourceBody

    enum CodingKeys: String, CodingKey {
        case subject, action, resource
    }

    var question: AccessQuestion {
        AccessQuestion(
            subject: subject, action: action, type: resource.type, id: resource.id, attributes: resource.attributes)
    }
}

struct ResourceBody: Decodable {
    let type: String
    let id: String?
    /// Those that rules know. Services say what they have, and a newer one may have more.
    let attributes: [ResourceAttribute: AttributeValue]

    enum CodingKeys: String, CodingKey {
        case type, id, attributes
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        type = try members.decode(String.self, forKey: .type)
        id = try members.decodeIfPresent(String.self, forKey: .id)
        switch try members.decodeIfPresent(JSONValue.self, forKey: .attributes) {
        case nil: attributes = [:]
        case .object(let said)?: attributes = Self.known(said)
        default:
            throw Violation(pointer: "/attributes", code: "wrong-type", detail: "This must be an object.")
        }
    }

    /// What has a form that no attribute has counts as left out.
    private static func known(_ said: [JSONValue.Member]) -> [ResourceAttribute: AttributeValue] {
        said.reduce(into: [:]) { known, member in
            guard let attribute = ResourceAttribute(rawValue: member.name) else { return }
            switch member.value {
            case .null: known[attribute] = .nothing
            case .bool(let isSo): known[attribute] = .flag(isSo)
            case .string(let text): known[attribute] = .text(text)
            default: known[attribute] = nil
            }
        }
    }
}
