internal import Foundation

/// `Content-Disposition` of RFC 6266: how a file is shown and what it is called when saved.
public enum ContentDisposition {
    /// Sound and pictures may be shown in place. Anything else is only saved: a page somebody uploaded must not run
    /// under our address.
    public static func field(contentType: String, filename: String?) -> String {
        let isPlayable = ["video/", "audio/"].contains { contentType.hasPrefix($0) }
        let kind = isPlayable ? "inline" : "attachment"
        guard let filename else { return kind }
        let plain = String(
            filename.unicodeScalars.map { scalar in
                scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar != "%"
                    ? Character(scalar) : "_"
            })
        var field = "\(kind); filename=\"\(plain)\""
        if plain != filename, let full = filename.addingPercentEncoding(withAllowedCharacters: attributeCharacters) {
            field += "; filename*=UTF-8''\(full)"
        }
        return field
    }

    /// RFC 8187 §3.2.1 `attr-char`.
    private static let attributeCharacters = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`|~")
}
