public import DomainKit

extension Failure {
    /// The URL was not made by us, or changed since.
    public static var linkInvalid: Failure {
        Failure(.forbidden, code: "video.link-invalid", message: "This link is not valid; ask for playback again.")
    }

    public static var linkExpired: Failure {
        Failure(.forbidden, code: "video.link-expired", message: "This link has expired; ask for playback again.")
    }

    /// The one it was made for may not read any more with what they had then.
    public static var linkRevoked: Failure {
        Failure(.forbidden, code: "video.link-revoked", message: "This link was taken back; ask for playback again.")
    }

    static func rangeNotSatisfiable(size: Int64) -> Failure {
        Failure(
            .rangeNotSatisfiable, code: "video.range-not-satisfiable",
            message: "The range begins behind the end of the video's \(size) bytes.")
    }
}
