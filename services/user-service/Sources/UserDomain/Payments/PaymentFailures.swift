public import DomainKit

extension Failure {
    /// Nobody we know has signed it; not a word of it is believed.
    public static var webhookUnproven: Failure {
        Failure(
            .unauthenticated, code: "user.webhook-unproven",
            message: "No secret of this source has signed the delivery.")
    }

    /// Signed, and sent at another time than now: somebody else may have kept it.
    public static var webhookOutOfTime: Failure {
        Failure(
            .unauthenticated, code: "user.webhook-out-of-time",
            message: "The delivery was signed more than 5 minutes ago, or will be; send it again with the present time."
        )
    }

    public static var webhookReused: Failure {
        Failure(
            .unprocessable, code: "user.webhook-id-reused",
            message: "This webhook-id was used for another body.")
    }
}
