public import DomainKit

/// Every failure this service raises of its own accord.
extension Failure {
    /// There is no such video, or none the caller may know of.
    public static var videoNotFound: Failure {
        Failure(.notFound, code: "video.not-found", message: "There is no such video.")
    }

    /// Everybody may see the video; only its owner may change it.
    public static var videoNotYours: Failure {
        Failure(.forbidden, code: "video.not-yours", message: "Only its owner may change a video.")
    }

    /// Somebody else changed the video between reading and writing it.
    public static var videoChanged: Failure {
        Failure(.preconditionFailed, code: "video.changed", message: "The video was changed meanwhile; read it again.")
    }

    public static var videoNotReady: Failure {
        Failure(.conflict, code: "video.not-ready", message: "The video's bytes are not all here yet.")
    }

    /// The video's bytes are no film.
    public static var videoFailed: Failure {
        Failure(
            .conflict, code: "video.failed",
            message: "The bytes that were uploaded are not the film they were said to be.")
    }

    /// The video is for members, and the caller is none at this moment.
    public static var membershipRequired: Failure {
        Failure(.forbidden, code: "video.membership-required", message: "This video is for members.")
    }

    /// It was taken down; its owner may appeal, and delete it.
    public static var videoRemoved: Failure {
        Failure(.conflict, code: "video.removed", message: "The video was taken down; its owner may appeal.")
    }

    public static var videoNotRemoved: Failure {
        Failure(.conflict, code: "video.not-removed", message: "The video is not taken down.")
    }

    /// Only those who look after the platform do this.
    public static var moderatorsOnly: Failure {
        Failure(.forbidden, code: "video.moderators-only", message: "Only moderators may do this.")
    }

    public static var appealMade: Failure {
        Failure(.conflict, code: "video.appeal-made", message: "There was an appeal already; there can be one.")
    }

    public static var appealOver: Failure {
        Failure(.conflict, code: "video.appeal-over", message: "The time for an appeal is over.")
    }

    public static var noAppeal: Failure {
        Failure(.notFound, code: "video.no-appeal", message: "There is no appeal.")
    }

    public static var appealDecided: Failure {
        Failure(.conflict, code: "video.appeal-decided", message: "The appeal was decided already.")
    }

    public static var reportNotFound: Failure {
        Failure(.notFound, code: "video.report-not-found", message: "There is no such report.")
    }

    public static var reportDecided: Failure {
        Failure(.conflict, code: "video.report-decided", message: "The report was decided otherwise already.")
    }

    /// Its owner knows of it anyway.
    public static var sharedWithOwner: Failure {
        Failure(
            .unprocessable, code: "video.shared-with-owner", message: "This is the video's owner, who sees it anyway.")
    }

    public static var tooManyShares: Failure {
        Failure(
            .conflict, code: "video.too-many-shares",
            message: "A video may be shared with at most \(VideoShare.most) people.",
            extensions: ["limit": .number(Int64(VideoShare.most))])
    }

    /// Whoever it is to be shared with is nobody any more.
    public static var accountErased: Failure {
        Failure(.unprocessable, code: "video.account-erased", message: "This account is there no more.")
    }

    /// What the caller may do does not include this; which rule says so is for the log alone.
    public static func videoNotAllowed(by rule: String) -> Failure {
        Failure(
            .forbidden, code: "video.not-allowed", message: "This account may not do this.", context: ["rule": rule])
    }

    public static var uploadNotFound: Failure {
        Failure(.notFound, code: "video.upload-not-found", message: "There is no such upload.")
    }

    /// The bytes sent do not follow the bytes that are here.
    public static func wrongOffset(received: Int64) -> Failure {
        Failure(
            .conflict, code: "video.wrong-offset",
            message: "The upload goes on at another offset; ask for it with HEAD.",
            extensions: ["upload_offset": .text(String(received))])
    }

    /// Another request is writing to the upload.
    public static var uploadBusy: Failure {
        Failure(
            .conflict, code: "video.upload-busy", message: "Another request is writing to this upload.",
            retryAfter: .seconds(1))
    }

    /// A part that is to be joined is not there, or not the caller's, or no part.
    public static var partNotFound: Failure {
        Failure(.unprocessable, code: "video.part-not-found", message: "There is no such part to be joined.")
    }

    /// A part belongs to another upload already.
    public static var partUsed: Failure {
        Failure(.conflict, code: "video.part-used", message: "A part is joined to another upload already.")
    }

    /// Bytes of a part are still on their way.
    public static var partIncomplete: Failure {
        Failure(.conflict, code: "video.part-incomplete", message: "A part does not have all its bytes yet.")
    }

    /// What is joined of parts takes no bytes itself (tus §Concatenation).
    public static var uploadJoined: Failure {
        Failure(
            .forbidden, code: "video.upload-joined", message: "This upload is joined of parts; send bytes to those.")
    }

    /// The bytes of the upload go to signed addresses, in numbered parts, and to no other.
    public static var uploadDirect: Failure {
        Failure(
            .forbidden, code: "video.upload-direct",
            message: "This upload takes its bytes in parts, by signed addresses.")
    }

    /// The upload takes its bytes one after another, and no numbered parts.
    public static var uploadNotDirect: Failure {
        Failure(.conflict, code: "video.upload-not-direct", message: "This upload takes no numbered parts.")
    }

    /// What programs know parts by that are not those which are stored.
    public static let partsRefusedCode = "video.parts-refused"

    /// Parts are missing, or are not those that are stored; the upload stays as it is.
    public static func partsRefused(_ violations: [Violation]) -> Failure {
        Failure(
            .unprocessable, code: partsRefusedCode, message: "These are not the parts that are stored; list them.",
            violations: violations)
    }

    /// All parts together are not what they were to be; the upload stays as it is.
    public static var digestMismatch: Failure {
        Failure(
            .unprocessable, code: checksumMismatch.code,
            message: "The parts together do not have the SHA-256 that was given.")
    }

    /// A part has another size than it was signed for.
    public static func partSize(_ size: Int64) -> Failure {
        Failure(.invalidInput, code: "video.part-size", message: "This address takes a part of exactly \(size) bytes.")
    }

    public static var uploadFinished: Failure {
        Failure(
            .conflict, code: "video.upload-finished", message: "The upload is finished; delete its video instead.")
    }

    /// What was said of the length of the whole does not agree with itself.
    public static var inconsistentLength: Failure {
        Failure(
            .invalidInput, code: "video.inconsistent-length", message: "The lengths that were said do not agree.")
    }

    /// The upload has ended: its bytes are a video, and nothing can follow them.
    public static var uploadComplete: Failure {
        Failure(
            .invalidInput, code: "video.upload-complete", message: "The upload is complete and takes no more bytes.")
    }

    /// What programs know more bytes than were announced by.
    public static let beyondLengthCode = "video.beyond-length"

    /// More bytes than were announced.
    public static func beyondLength(_ size: Int64) -> Failure {
        Failure(
            .contentTooLarge, code: beyondLengthCode, message: "The upload was announced with \(size) bytes.",
            extensions: ["upload_length": .text(String(size))])
    }

    /// The bytes are not those the client made its checksum of; none of them is kept.
    public static var checksumMismatch: Failure {
        Failure(
            .invalidInput, code: "video.checksum-mismatch",
            message: "The bytes do not have the checksum that was sent with them; send them again.")
    }

    /// More bytes than a video may have.
    public static func videoTooLarge(most: Int64) -> Failure {
        Failure(
            .contentTooLarge, code: "video.too-large", message: "A video may have at most \(most) bytes.",
            extensions: ["max_size": .text(String(most))])
    }

    /// What programs know a full quota by.
    public static let quotaExceededCode = "video.quota-exceeded"

    /// What programs know a cut body by.
    public static let bodyCutCode = "video.body-cut"

    /// The client went away before its request ended. Nobody reads this; the bytes that came are kept.
    public static func bodyCut(_ cause: any Error) -> Failure {
        Failure(
            .invalidInput, code: bodyCutCode,
            message: "The request's body ended early; go on at the upload's offset.",
            cause: cause)
    }

    /// No room for more bytes.
    public static var storageFull: Failure {
        Failure(
            .unavailable, code: "video.storage-full", message: "There is no room for more videos at the moment.",
            retryAfter: .seconds(60))
    }
}
