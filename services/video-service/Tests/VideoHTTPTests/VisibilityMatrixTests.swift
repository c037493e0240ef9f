import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Testing
import VideoHTTP
import VideoTestKit

/// Every kind of video, every kind of viewer, every way to come to a video: what each is told, as a table says it.
///
/// `link` is one that the viewer had got before they were banned, their membership lapsed or the video was taken down; `-` where they got none. Each list
/// has the video (`in`) or has not (`out`). Whoever is in no row is missing, which the test says.
@Suite("Who may watch", .serialized, .timeLimit(.minutes(3)))
struct VisibilityMatrixTests {
    enum Person: String, CaseIterable {
        case nobody, stranger, member, lapsed, banned, moderator, admin, owner, shared
    }

    enum Film: String, CaseIterable {
        case `public`, unlisted, members, `private`, uploading, removed

        var visibility: String { self == .uploading || self == .removed ? "public" : rawValue }
    }

    static let table = """
        film      viewers                       get play list owner tag search shared link patch delete remove report
        public    nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        public    banned                        403 403  403  403   403 403    403    403  403   403    403    403
        public    lapsed                        200 200  in   in    in  in     out    403  403   403    403    201
        public    stranger,member               200 200  in   in    in  in     out    200  403   403    403    201
        public    moderator,admin               200 200  in   in    in  in     out    200  403   403    412    201
        public    shared                        200 200  in   in    in  in     in     200  403   403    403    201
        public    owner                         200 200  in   in    in  in     out    200  200   412    403    201
        unlisted  nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        unlisted  banned                        403 403  403  403   403 403    403    403  403   403    403    403
        unlisted  lapsed                        200 200  out  out   out out    out    403  403   403    403    201
        unlisted  stranger,member               200 200  out  out   out out    out    200  403   403    403    201
        unlisted  moderator,admin               200 200  out  out   out out    out    200  403   403    412    201
        unlisted  shared                        200 200  out  out   out out    in     200  403   403    403    201
        unlisted  owner                         200 200  in   in    in  in     out    200  200   412    403    201
        members   nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        members   banned                        403 403  403  403   403 403    403    -    403   403    403    403
        members   lapsed                        200 403  in   in    in  in     out    403  403   403    403    201
        members   stranger                      200 403  in   in    in  in     out    -    403   403    403    201
        members   member                        200 200  in   in    in  in     out    200  403   403    403    201
        members   moderator,admin               200 200  in   in    in  in     out    200  403   403    412    201
        members   shared                        200 403  in   in    in  in     in     -    403   403    403    201
        members   owner                         200 200  in   in    in  in     out    200  200   412    403    201
        private   nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        private   banned                        403 403  403  403   403 403    403    -    403   403    403    403
        private   stranger,member,lapsed        404 404  out  out   out out    out    -    404   404    403    404
        private   moderator,admin               404 404  out  out   out out    out    -    404   404    404    404
        private   shared                        200 200  out  out   out out    in     200  403   403    403    201
        private   owner                         200 200  in   in    in  in     out    200  200   412    403    201
        uploading nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        uploading banned                        403 403  403  403   403 403    403    -    403   403    403    403
        uploading stranger,member,lapsed,shared 404 404  out  out   out out    out    -    404   404    403    404
        uploading moderator,admin               404 404  out  out   out out    out    -    404   404    404    404
        uploading owner                         200 409  in   in    in  in     out    -    200   412    403    409
        removed   nobody                        401 401  401  401   401 401    401    -    401   401    401    401
        removed   banned                        403 403  403  403   403 403    403    403  403   403    403    403
        removed   lapsed                        404 404  out  out   out out    out    403  404   404    403    404
        removed   stranger,member,shared        404 404  out  out   out out    out    404  404   404    403    404
        removed   moderator,admin               200 200  out  out   out out    out    404  403   403    412    409
        removed   owner                         200 409  in   in    in  in     out    404  409   412    403    409
        """

    /// By video and viewer, what each surface answers.
    static let expected: [String: [String: String]] = {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        var rows: [String: [String: String]] = [:]
        for line in lines.dropFirst() {
            for viewer in line[1].split(separator: ",") {
                rows["\(line[0]) \(viewer)"] = Dictionary(
                    uniqueKeysWithValues: zip(lines[0].dropFirst(2), line.dropFirst(2)))
            }
        }
        return rows
    }()

    /// The service with a video of each kind, and everybody who may come.
    struct Stage {
        let service: TestVideoService
        let api: TestClient
        let people: [Person: UUID]
        var films: [Film: String] = [:]
        var links: [String: String] = [:]

        func client(_ person: Person) -> TestClient {
            var client = api
            switch person {
            case .moderator: client.roles = ["user", "moderator"]
            case .admin: client.roles = ["user", "admin"]
            case .member: client.tier = "member"
            // Of the new token, and of the old one.
            case .lapsed: client.epoch = 1
            default: break
            }
            return client
        }

        @discardableResult
        func ask(
            _ method: HTTPRequest.Method, _ path: String, as person: Person, _ json: String? = nil, match: String? = nil
        ) async throws -> ServiceAnswer {
            var fields: HTTPFields = [:]
            fields[.ifMatch] = match
            return try await client(person).send(
                method, path, as: person == .nobody ? nil : people[person], json, headers: fields)
        }

        /// What the surface answers: a status, or whether the video is in a list.
        func answer(_ surface: String, _ film: Film, to person: Person) async throws -> String {
            let id = try #require(films[film])
            func status(_ answer: ServiceAnswer) -> String { "\(answer.status.code)" }
            func list(_ query: String) async throws -> String {
                let answer = try await ask(.get, "/v1/videos?limit=100&\(query)", as: person)
                return answer.status == .ok ? answer.ids.contains(id) ? "in" : "out" : status(answer)
            }
            switch surface {
            case "get": return status(try await ask(.get, "/v1/videos/\(id)", as: person))
            case "play": return status(try await ask(.get, "/v1/videos/\(id)/playback", as: person))
            case "list": return try await list("")
            case "owner": return try await list("owner=\(people[.owner]?.lowercased ?? "")")
            case "tag": return try await list("tag=matrix")
            case "search": return try await list("q=matrix")
            case "shared": return try await list("shared=me")
            case "link":
                guard let link = links["\(film) \(person)"] else { return "-" }
                return status(try await api.send(.get, link, as: nil))
            case "patch": return status(try await ask(.patch, "/v1/videos/\(id)", as: person, "{}", match: "*"))
            case "delete": return status(try await ask(.delete, "/v1/videos/\(id)", as: person, match: "\"v0\""))
            case "remove":
                return status(
                    try await ask(.put, "/v1/videos/\(id)/removal", as: person, #"{"reason":"x"}"#, match: "\"v0\""))
            case "report":
                return status(try await ask(.post, "/v1/videos/\(id)/reports", as: person, #"{"reason":"x"}"#))
            default: throw UnknownSurface(name: surface)
            }
        }
    }

    struct UnknownSurface: Error { let name: String }

    private func stage(_ service: TestVideoService, _ api: TestClient, _ rights: ScriptedRights) async throws -> Stage {
        var stage = Stage(
            service: service, api: api,
            people: Dictionary(uniqueKeysWithValues: Person.allCases.map { ($0, UUID()) }))
        let people = stage.people
        func members(_ persons: Person...) {
            rights.setMembers(Set(persons.compactMap { people[$0] }.map { UserID($0) }))
        }
        members(.member, .lapsed, .moderator, .admin)
        let owner = try #require(people[.owner])
        for film in Film.allCases {
            let bytes = Data("hello".utf8)
            let metadata = ["visibility": film.visibility, "title": "matrix \(film)"]
            let upload = try #require(try await api.create(bytes.count, as: owner, metadata).headers[.location])
            if film != .uploading { try await api.append(bytes, to: upload, at: 0, as: owner) }
            let id = try await api.send(.get, upload, as: owner).string("video_id")
            try await api.send(
                .patch, "/v1/videos/\(id)", as: owner, #"{"tags":["matrix"]}"#, headers: [.ifMatch: "*"])
            try await api.send(.put, "/v1/videos/\(id)/shares/\(try #require(people[.shared]))", as: owner)
            stage.films[film] = id
            for person in Person.allCases where person != .nobody {
                var before = stage.client(person)
                if person == .lapsed { (before.epoch, before.tier) = (0, "member") }
                let playback = try await before.send(.get, "/v1/videos/\(id)/playback", as: people[person])
                if let url = playback.json["url"] as? String, let path = url.range(of: "/media/") {
                    stage.links["\(film) \(person)"] = String(url[path.lowerBound...])
                }
            }
        }
        let removed = "/v1/videos/\(try #require(stage.films[.removed]))/removal"
        try await stage.ask(.put, removed, as: .moderator, #"{"reason":"x"}"#)
        let link = try #require(stage.links["removed owner"])
        try await until("links to what is down are good no more") {
            try await api.send(.head, link, as: nil).status == .notFound
        }
        members(.member, .moderator, .admin)
        service.tell(.banned, of: try #require(people[.banned]), epoch: 1)
        service.tell(.membershipChanged, of: try #require(people[.lapsed]), epoch: 1)
        return stage
    }

    @Test func `everybody sees of every video what the table says, by every way there is`() async throws {
        let rights = ScriptedRights()
        let service = try await TestVideoService.onDatabase(rights: rights)
        try await service.following { api in
            let stage = try await self.stage(service, api, rights)
            // Reports last, as moderators know of what is reported.
            for isReporting in [false, true] {
                for (film, person) in Film.allCases.flatMap({ film in Person.allCases.map { (film, $0) } }) {
                    let row = try #require(Self.expected["\(film) \(person)"], "\(film) \(person) is in the table")
                    for (surface, expected) in row where (surface == "report") == isReporting {
                        let answer = try await stage.answer(surface, film, to: person)
                        #expect(answer == expected, "\(surface) of \(film) for \(person)")
                    }
                }
            }
        }
    }

    @Test func `a membership that lapses shows at the next request, whatever token and link it comes with`()
        async throws
    {
        let (rights, owner, viewer) = (ScriptedRights(), UUID(), UUID())
        let service = try await TestVideoService.onDatabase(rights: rights)
        try await service.serve { api in
            rights.setMembers([UserID(viewer)])
            let video = try await api.video(Data("hello".utf8), as: owner, ["visibility": "members"])
            let link = try await api.paying().link(video, as: viewer)
            #expect(try await api.send(.get, link, as: nil).status == .ok)
            rights.setMembers([])
            service.tell(.membershipChanged, of: viewer, epoch: 1)
            #expect(try await api.paying().send(.get, "/v1/videos/\(video)", as: viewer).status == .unauthorized)
            #expect(try await api.send(.get, link, as: nil).code == "video.link-revoked")
            let now = api.later(epoch: 1)
            #expect(
                try await now.send(.get, "/v1/videos/\(video)/playback", as: viewer).code == "video.membership-required"
            )
            #expect(try await now.send(.get, "/v1/videos/\(video)", as: viewer).status == .ok)
        }
    }
}
