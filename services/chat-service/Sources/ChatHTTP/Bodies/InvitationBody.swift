import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird

/// An invitation as those who look after the room see it; with its token only in the answer to who made it.
struct InvitationBody: JSONWritable {
    let invitation: Invitation
    let token: InvitationToken?

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", invitation.id)
            $0.member("room_id", invitation.roomID)
            if let token { $0.member("token", token.description) }
            $0.member("uses_left", invitation.usesLeft.map { Int64($0) })
            $0.member("expires_at", invitation.expiresAt)
            $0.member("by", invitation.by)
            $0.member("at", invitation.at)
        }
    }
}

/// `POST /v1/rooms/{id}/invitations`.
struct NewInvitationBody: Decodable {
    /// Without a number it lets in as many as come.
    let uses: Int?
    /// Without one it stays until it is withdrawn.
    let expiresAt: Date?

    enum CodingKeys: String, CodingKey {
        case uses
        case expiresAt = "expires_at"
    }

    func checked() throws(Failure) -> (uses: Int?, until: Date?) {
        guard uses.map((1...Invitation.mostUses).contains) ?? true else {
            throw .invalid([
                Violation(pointer: "/uses", code: "out-of-range", detail: "Must be from 1 to \(Invitation.mostUses).")
            ])
        }
        return (uses, expiresAt)
    }
}

/// `PUT /v1/rooms/{id}/members/me`, which needs no body.
struct JoiningBody: Decodable {
    let invitation: String?

    /// Nil where there is none.
    static func invitation(in request: Request) async throws -> InvitationToken? {
        var request = request
        let content = try await request.collect(limit: 4 * 1_024)
        guard content.readableBytes > 0 else { return nil }
        request.body = RequestBody(buffer: content)
        guard let text = try await request.decode(JoiningBody.self, limit: 4 * 1_024).invitation else { return nil }
        var check = Validation()
        let token = check("/invitation") { () throws(Violation) in try InvitationToken(text) }
        try check.done()
        return token
    }
}
