public import Foundation
public import HTTPTypes

/// What a service answered, as tests look at it.
public struct ServiceAnswer: Sendable {
    public let status: HTTPResponse.Status
    public let headers: HTTPFields
    public let body: Data

    public init(status: HTTPResponse.Status, headers: HTTPFields, body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Empty for what is no JSON object.
    public var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:]
    }

    /// The problem's code; nil for anything but a problem.
    public var code: String? {
        headers[.contentType] == "application/problem+json" ? json["code"] as? String : nil
    }

    /// Where a problem says that something is wrong.
    public var pointers: [String] {
        (json["errors"] as? [[String: Any]] ?? []).compactMap { $0["pointer"] as? String }
    }

    /// Of the items of a list.
    public var ids: [String] {
        (json["items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
    }

    /// A member that is a text. Fails: `UnexpectedAnswer`.
    public func string(_ name: String) throws -> String {
        guard let value = json[name] as? String else { throw UnexpectedAnswer(self) }
        return value
    }
}

/// Not the answer that a test needs to go on.
public struct UnexpectedAnswer: Error, CustomStringConvertible {
    public let answer: ServiceAnswer

    public init(_ answer: ServiceAnswer) {
        self.answer = answer
    }

    public var description: String { "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))" }
}
