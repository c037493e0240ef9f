import Foundation
import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting

@testable import ChatHTTP

/// The two published documents, as tests hold routes, bodies and frames against them.
enum Specification {
    static let openAPI = document(ChatSpecification.bytes)

    /// The AsyncAPI document with a path for every schema, so that the same checker reads it.
    static let asyncAPI = document(
        with: schemas.map { name in
            """
              /\(name):
                get: { responses: { '200': { description: it, content: { application/json: { schema: { $ref: \
            '#/components/schemas/\(name)' } } } } } }
            """
        })

    /// The same with what a client may say as bodies of requests, so that the walk through extremes reads them.
    static let clientFrames = document(
        with: clientSchemas.map { name in
            """
              /\(name):
                post: { requestBody: { content: { application/json: { schema: { $ref: \
            '#/components/schemas/\(name)' } } } }, responses: { '200': { description: it } } }
            """
        })

    private static func document(with paths: [String]) -> OpenAPIDocument {
        var file = URL(filePath: #filePath)
        for _ in 0..<5 { file.deleteLastPathComponent() }
        let text = (try? String(contentsOf: file.appending(path: "docs/api/asyncapi-chat.yaml"), encoding: .utf8)) ?? ""
        return document(Array((text + "\npaths:\n" + paths.joined(separator: "\n")).utf8))
    }

    /// Those of the operation `take`.
    private static let clientSchemas = [
        "Auth", "Subscribe", "Unsubscribe", "Send", "ClientTyping", "ClientRead", "Ping",
    ]

    private static let schemas =
        clientSchemas + [
            "Ok", "Authenticated", "Subscribed", "Sent",
            "Error", "Message", "MessageEdited", "MessageDeleted", "Resync", "RoomNotice", "Typing", "Read",
            "TokenExpiring",
            "Drain",
        ]

    private static func document(_ yaml: [UInt8]) -> OpenAPIDocument {
        do {
            return try OpenAPIDocument(yaml: yaml)
        } catch {
            preconditionFailure("the specification cannot be read: \(error)")
        }
    }

    static func findings(_ schema: String, _ text: String) -> [String] {
        asyncAPI.findings(
            in: ByteBuffer(string: text), of: .get, "/\(schema)", status: 200, contentType: "application/json")
    }

    static func findings(inServerFrame frame: JSONValue, _ text: String) -> [String] {
        let schema =
            switch frame["op"]?.string {
            case "ok" where frame["user_id"] != nil: "Authenticated"
            case "ok" where frame["last_seq"] != nil: "Subscribed"
            case "ok" where frame["seq"] != nil: "Sent"
            case "ok": "Ok"
            case "error": "Error"
            case "message": "Message"
            case "message_edited": "MessageEdited"
            case "message_deleted": "MessageDeleted"
            case "resync": "Resync"
            case "room": "RoomNotice"
            case "typing": "Typing"
            case "read": "Read"
            case "token_expiring": "TokenExpiring"
            case "drain": "Drain"
            default: "Unknown"
            }
        return findings(schema, text)
    }
}
