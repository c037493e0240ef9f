import DomainKit
import Foundation
import HTTPKit
import VideoDomain

/// Reads the name of a file in a `Content-Disposition` (RFC 6266 §4.3): `filename*`, in UTF-8, before `filename`.
enum DispositionName {
    /// Nil without the field, and without a name in it. Fails: `platform.invalid-input` for a name that cannot be read, and
    /// for one that is none of a file.
    static func parse(_ field: String?) throws(Failure) -> Filename? {
        guard let field else { return nil }
        var names: [String: String] = [:]
        for parameter in parameters(field) {
            let parts = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            names[parts[0].lowercased()] = parts[1]
        }
        guard let name = try names["filename*"].map(extended) ?? names["filename"].map(unquoted) else { return nil }
        do {
            return try Filename(name)
        } catch {
            throw .invalid([error.at("#content-disposition")])
        }
    }

    /// Split at semicolons that are in no quoted string.
    private static func parameters(_ field: String) -> [String] {
        var (parameters, current, isQuoted, isEscaped): ([String], String, Bool, Bool) = ([], "", false, false)
        for scalar in field.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else if scalar == ";", !isQuoted {
                parameters.append(current)
                current = ""
                continue
            }
            current.unicodeScalars.append(scalar)
        }
        return Array((parameters + [current]).dropFirst())
    }

    private static func unquoted(_ value: String) -> String {
        guard value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return value }
        var (name, isEscaped) = ("", false)
        for scalar in value.unicodeScalars.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                name.unicodeScalars.append(scalar)
                isEscaped = false
            }
        }
        return name
    }

    /// RFC 8187 §3.2, in UTF-8 alone.
    private static func extended(_ value: String) throws(Failure) -> String {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8", let name = String(parts[2]).removingPercentEncoding
        else {
            throw .invalid([
                Violation(
                    pointer: "#content-disposition", code: "bad-format",
                    detail: "filename* must be UTF-8'' and a name in percent-encoding")
            ])
        }
        return name
    }
}
