import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import VideoDomain

/// What every answer on the addresses of uploads has, problems too, in the protocol it was asked in.
///
/// Of tus the version (tus §Headers, Tus-Resumable), and for a wrong checksum the status tus has for it and HTTP does not
/// know. Of the IETF's draft whether the upload is complete, and the types of its problems.
struct UploadAnswers: RouterMiddleware {
    typealias Context = CallerContext

    let problemTypeBase: String

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        let isDraft = DraftRequest.isOne(request)
        do {
            var response = try await next(request, context)
            if !isDraft { response.headers[.tusResumable] = Tus.version }
            return response
        } catch let failure as Failure {
            return try answer(failure.with([:]), request, context, isDraft)
        } catch let failure as FailureWithFields {
            return try answer(failure, request, context, isDraft)
        }
    }

    private func answer(
        _ failure: FailureWithFields, _ request: Request, _ context: CallerContext, _ isDraft: Bool
    ) throws -> Response {
        if isDraft {
            guard let version = try? DraftVersion(request.headers) else { throw failure }
            return try answer(failure, request, context, version)
        }
        var fields = failure.fields
        fields[.tusResumable] = Tus.version
        guard failure.failure.code == Failure.checksumMismatch.code else { throw failure.failure.with(fields) }
        return Problem(
            failure.failure, status: .checksumMismatch, instance: request.uri.path, requestID: context.requestID,
            typeBase: problemTypeBase
        ).response(adding: fields)
    }

    private func answer(
        _ failure: FailureWithFields, _ request: Request, _ context: CallerContext, _ version: DraftVersion
    ) throws -> Response {
        var (fields, failure) = (failure.fields, failure.failure)
        // None of these comes of what the upload's bytes are: it may go on.
        fields[version.completeness.name] = version.completeness(false)
        if let offset = failure.expectedOffset {
            fields[.uploadOffset] = String(offset)
            failure.extensions["expected-offset"] = .number(offset)
            failure.extensions["provided-offset"] = request.headers[.uploadOffset].flatMap { Int64($0) }
                .map(Failure.Extension.number)
        }
        guard version.namesProblems, let type = DraftProblem(failure)?.type else { throw failure.with(fields) }
        return Problem(
            failure, instance: request.uri.path, requestID: context.requestID, typeBase: problemTypeBase, type: type
        ).response(adding: fields)
    }
}

/// The problems that the draft has types for.
private enum DraftProblem: String {
    case mismatchingOffset = "mismatching-upload-offset"
    case inconsistentLength = "inconsistent-upload-length"
    case completedUpload = "completed-upload"

    init?(_ failure: Failure) {
        switch failure.code {
        case Failure.wrongOffset(received: 0).code: self = .mismatchingOffset
        case Failure.inconsistentLength.code: self = .inconsistentLength
        case Failure.uploadComplete.code: self = .completedUpload
        default: return nil
        }
    }

    var type: String { "https://iana.org/assignments/http-problem-types#\(rawValue)" }
}

extension Failure {
    /// Where the upload goes on, of one that was to go on elsewhere.
    fileprivate var expectedOffset: Int64? {
        guard case .text(let text)? = extensions["upload_offset"] else { return nil }
        return Int64(text)
    }
}

extension HTTPResponse.Status {
    static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
}
