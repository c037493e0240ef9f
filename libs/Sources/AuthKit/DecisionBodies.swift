import Foundation
import HTTPKit

/// The body of `POST /v1/authz/decisions`.
struct DecisionQuestionsBody: JSONWritable {
    let questions: [DecisionQuestion]

    func write(to json: inout JSONWriter) {
        json.object { $0.member("requests", questions.map { QuestionBody(question: $0) }) }
    }

    private struct QuestionBody: JSONWritable {
        let question: DecisionQuestion

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("subject", question.subject)
                $0.member("action", question.action)
                $0.member("resource", ResourceBody(question: question))
            }
        }
    }

    private struct ResourceBody: JSONWritable {
        let question: DecisionQuestion

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("type", question.type)
                if let id = question.id { $0.member("id", id) }
                $0.member("attributes", question.attributes.mapValues { AttributeBody(attribute: $0) })
            }
        }
    }

    private struct AttributeBody: JSONWritable {
        let attribute: DecisionQuestion.Attribute

        func write(to json: inout JSONWriter) {
            switch attribute {
            case .nothing: JSONValue.null.write(to: &json)
            case .text(let text): text.write(to: &json)
            case .flag(let isSo): isSo.write(to: &json)
            }
        }
    }
}

/// The answers, in the order of the questions. Members of a later version are passed over.
struct DecisionAnswersBody: Decodable {
    let decisions: [AnswerBody]

    struct AnswerBody: Decodable {
        let allow: Bool
        let reason: String
        let rule: String
        let obligations: [String]
        let ttl: Int
        let policyVersion: String

        enum CodingKeys: String, CodingKey {
            case allow, reason, rule, obligations, ttl
            case policyVersion = "policy_version"
        }

        var decision: Decision {
            Decision(
                isAllowed: allow, rule: rule, reason: reason, obligations: Set(obligations),
                policyVersion: policyVersion)
        }
    }
}
