public import DomainKit

extension Failure {
    /// The session is open, and whoever uses it should show again who they are (RFC 9470): it may be somebody else by now.
    static func stepUpNeeded(within age: Duration, byTwoFactors: Bool) -> Failure {
        var extensions: [String: Failure.Extension] = ["max_age": .number(age.components.seconds)]
        if byTwoFactors { extensions["acr_values"] = "2" }
        return Failure(
            .unauthenticated, code: "user.step-up-required",
            message: "This asks you to show again who you are; show it to /v1/sessions/step-up.",
            extensions: extensions)
    }

    /// The account has the role, which counts with two factors alone, and the session has shown one.
    public static var roleWithheld: Failure {
        Failure(
            .forbidden, code: "user.second-factor-required",
            message: "Your role counts with two factors alone: turn a second factor on, or sign in with it.",
            extensions: ["acr_values": "2"])
    }

    /// A password shows less than what the session has shown already, or than what its account asks for.
    public static var passwordNotEnough: Failure {
        Failure(
            .forbidden, code: "user.second-factor-needed",
            message: "A password is not enough here; send a code or a passkey's answer.",
            extensions: ["acr_values": "2"])
    }

    static var stepUpPasswordWrong: Failure {
        Failure(
            .forbidden, code: "user.password-wrong", message: "The password is wrong.",
            violations: [Violation(pointer: "/password", code: "wrong", detail: "This is not your password.")])
    }
}
