extension TOTP {
    /// The address that apps read from a QR code: `otpauth://totp/Hiroba:ann%40example.com?secret=...`.
    ///
    /// By the Key URI format of Google Authenticator, which all apps follow. Both names are percent-encoded whole (RFC 3986
    /// §2.1), with `%20` for a space, as not all apps know `+`. A colon divides the names even where it is encoded, and
    /// becomes a space in them. All parameters are there, defaults too: some apps have others.
    public func uri(issuer: String, account: String) -> String {
        let (issuer, account) = (issuer.withoutColons.percentEncoded, account.withoutColons.percentEncoded)
        return "otpauth://totp/\(issuer):\(account)?secret=\(codes.secret.base32)&issuer=\(issuer)"
            + "&algorithm=\(codes.hash.rawValue)&digits=\(codes.length.rawValue)&period=\(period)"
    }
}

extension String {
    fileprivate var withoutColons: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0 == ":" ? " " : $0 }))
    }

    /// Everything but RFC 3986's unreserved characters.
    fileprivate var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
