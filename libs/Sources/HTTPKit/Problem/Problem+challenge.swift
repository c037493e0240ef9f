import DomainKit
import HTTPTypes

extension Problem {
    /// What a caller is asked for. A failure that says `acr_values` or `max_age` asks for a stronger or a newer sign-in than that
    /// of the token, in the words of RFC 9470 §3.
    var challenge: String? {
        let (level, age) = (failure.extensions["acr_values"], failure.extensions["max_age"])
        guard level != nil || age != nil else { return status == .unauthorized ? "Bearer" : nil }
        var challenge = #"Bearer error="insufficient_user_authentication""#
        if case .text(let level) = level { challenge += #", acr_values="\#(level)""# }
        if case .number(let age) = age { challenge += #", max_age="\#(age)""# }
        return challenge
    }
}
