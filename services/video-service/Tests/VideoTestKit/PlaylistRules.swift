import Foundation

/// What RFC 8216 says that playlists MUST be, as far as text shows it, written from the RFC and not from what makes ours: every
/// finding names its section.
public struct PlaylistRules {
    public private(set) var findings: [String] = []

    /// A line that counts: a tag with its value, or an address.
    private enum Line {
        case tag(String, String)
        case address(String)
    }

    public init() {}

    /// Of a multivariant playlist; `media` has the playlists it names, `size` the bytes of a file.
    public static func findings(
        multivariant text: String, media: (String) -> String?, size: (String) -> Int?
    ) -> [String] {
        var rules = PlaylistRules()
        let lines = rules.lines(of: text)
        rules.checkOnce(lines, ["EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS"])
        for case .tag(let name, _) in lines where mediaTags.contains(name) {
            rules.note("4.3.4", "\(name) belongs into media playlists")
        }
        var groups: [String: (names: Set<String>, defaults: Int)] = [:]
        var named: [(address: String, attributes: [String: String])] = []
        var (sounds, words): ([String], [String]) = ([], [])
        var types: [String: Set<String>] = [:]
        for (index, line) in lines.enumerated() {
            switch line {
            case .tag("EXT-X-MEDIA", let value):
                let media = rules.attributes(value)
                for name in ["TYPE", "GROUP-ID", "NAME"] where media[name] == nil {
                    rules.note("4.3.4.1", "\(name) is missing")
                }
                rules.check(
                    ["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"].contains(media["TYPE"] ?? ""), "4.3.4.1", "TYPE")
                for name in ["GROUP-ID", "NAME", "URI", "LANGUAGE", "CHANNELS"] {
                    rules.requireQuoted(name, media, "4.3.4.1")
                }
                if media["TYPE"] == "SUBTITLES" { rules.check(media["URI"] != nil, "4.3.4.1", "SUBTITLES without URI") }
                if let forced = media["FORCED"] {
                    rules.check(["YES", "NO"].contains(forced), "4.2", "FORCED")
                    rules.check(media["TYPE"] == "SUBTITLES", "4.3.4.1", "FORCED of what are no subtitles")
                }
                if media["DEFAULT"] == "YES" { rules.check(media["AUTOSELECT"] == "YES", "4.3.4.1", "AUTOSELECT") }
                var group = groups[media["GROUP-ID"] ?? "", default: ([], 0)]
                rules.check(group.names.insert(media["NAME"] ?? "").inserted, "4.3.4.1.1", "NAME twice in a group")
                group.defaults += media["DEFAULT"] == "YES" ? 1 : 0
                rules.check(group.defaults <= 1, "4.3.4.1.1", "two DEFAULT=YES in a group")
                groups[media["GROUP-ID"] ?? ""] = group
                types[media["GROUP-ID"] ?? "", default: []].insert(media["TYPE"] ?? "")
                if let address = media["URI"].map(unquoted) {
                    if media["TYPE"] == "SUBTITLES" { words.append(address) } else { sounds.append(address) }
                }
            case .tag("EXT-X-STREAM-INF", let value):
                let stream = rules.attributes(value)
                rules.check(Int(stream["BANDWIDTH"] ?? "") != nil, "4.3.4.2", "BANDWIDTH")
                rules.requireQuoted("CODECS", stream, "4.3.4.2")
                for name in ["AUDIO", "SUBTITLES"] { rules.requireQuoted(name, stream, "4.3.4.2") }
                if let size = stream["RESOLUTION"] {
                    rules.check(size.split(separator: "x").compactMap { Int($0) }.count == 2, "4.2", "RESOLUTION")
                }
                if let rate = stream["FRAME-RATE"] { rules.check((Double(rate) ?? 0) > 0, "4.3.4.2", "FRAME-RATE") }
                guard index + 1 < lines.count, case .address(let address) = lines[index + 1] else {
                    rules.note("4.3.4.2", "no address follows EXT-X-STREAM-INF")
                    continue
                }
                named.append((address, stream))
            default: break
            }
        }
        rules.check(!named.isEmpty, "4.3.4.2", "no variant")
        for (address, stream) in named {
            for name in ["AUDIO", "SUBTITLES"] {
                guard let group = stream[name] else { continue }
                rules.check(types[group] == [name], "4.3.4.2", "\(name) of \(address) names no group of that type")
            }
        }
        for address in words {
            guard let text = media(address) else {
                rules.note("4.3.4", "\(address) is not there")
                continue
            }
            rules.findings += Self.findings(media: text, size: size).map { "\(address) \($0)" }
            rules.check(text.contains("\n#EXT-X-PLAYLIST-TYPE:VOD\n"), "6.2.4", "\(address) is no VOD")
        }
        rules.checkTargets(sounds + named.map(\.address), media)
        rules.checkRates(named, sounds, media, size)
        return rules.findings
    }

    /// Of a media playlist of one file of fragments; `size` has the bytes of a file.
    public static func findings(media text: String, size: (String) -> Int?) -> [String] {
        var rules = PlaylistRules()
        let lines = rules.lines(of: text)
        rules.checkOnce(
            lines,
            [
                "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-PLAYLIST-TYPE", "EXT-X-ENDLIST",
                "EXT-X-INDEPENDENT-SEGMENTS",
            ])
        var (version, target, hasMap, hasEnd) = (1, nil as Int?, false, false)
        for case .tag(let name, let value) in lines {
            switch name {
            case "EXT-X-VERSION": version = Int(value) ?? 0
            case "EXT-X-TARGETDURATION": target = Int(value)
            case "EXT-X-ENDLIST": hasEnd = true
            case "EXT-X-STREAM-INF", "EXT-X-MEDIA", "EXT-X-I-FRAME-STREAM-INF", "EXT-X-SESSION-DATA":
                rules.note("4.3.4", "\(name) belongs into a multivariant playlist")
            default: break
            }
        }
        rules.check(target != nil, "4.3.3.1", "EXT-X-TARGETDURATION is missing")
        rules.check(hasEnd, "4.3.3.5", "EXT-X-PLAYLIST-TYPE is VOD and nothing says that this is all")
        var (length, range, seen): (Double?, (count: Int, start: Int?)?, Int) = (nil, nil, 0)
        var ends: [String: Int] = [:]
        for line in lines {
            switch line {
            case .tag("EXT-X-MEDIA-SEQUENCE", _):
                rules.check(seen == 0, "4.3.3.2", "EXT-X-MEDIA-SEQUENCE behind a segment")
            case .tag("EXT-X-MAP", let value):
                rules.check(version >= 6, "7", "EXT-X-MAP needs version 6")
                let map = rules.attributes(value)
                rules.requireQuoted("URI", map, "4.3.2.5")
                rules.requireQuoted("BYTERANGE", map, "4.3.2.5")
                rules.check(map["URI"] != nil, "4.3.2.5", "URI is missing")
                if let part = map["BYTERANGE"].flatMap({ byteRange(unquoted($0)) }) {
                    rules.check(part.start != nil, "4.3.2.5", "a map's range needs its start")
                    let file = unquoted(map["URI"] ?? "")
                    rules.check((part.start ?? 0) + part.count <= size(file) ?? 0, "4.3.2.5", "a map beyond its file")
                    ends[file] = (part.start ?? 0) + part.count
                }
                hasMap = true
            case .tag("EXTINF", let value):
                rules.check(length == nil, "4.3.2.1", "two EXTINF of one segment")
                let number = value.prefix { $0 != "," }
                rules.check(value.contains(","), "4.3.2.1", "no comma")
                if number.contains(".") { rules.check(version >= 3, "7", "fractions need version 3") }
                length = Double(number)
                rules.check(
                    length.map { $0 >= 0 && Int($0.rounded()) <= target ?? 0 } ?? false, "4.3.3.1",
                    "\(number) is longer than the target")
            case .tag("EXT-X-BYTERANGE", let value):
                rules.check(version >= 4, "7", "EXT-X-BYTERANGE needs version 4")
                range = byteRange(value)
                rules.check(range != nil, "4.3.2.2", value)
            case .address(let file):
                rules.check(length != nil, "4.3.2.1", "a segment without EXTINF")
                rules.check(hasMap || file.hasSuffix(".vtt"), "3.3", "fragments need EXT-X-MAP")
                if let range {
                    rules.check(range.start != nil || ends[file] != nil, "4.3.2.2", "nothing says where it begins")
                    let start = range.start ?? ends[file] ?? 0
                    rules.check(start + range.count <= size(file) ?? 0, "4.3.2.2", "a segment beyond its file")
                    ends[file] = start + range.count
                } else {
                    rules.check(size(file) != nil, "4.1", "\(file) is not there")
                }
                (length, range) = (nil, nil)
                seen += 1
            default: break
            }
        }
        rules.check(seen > 0, "4.3.2", "no segment")
        return rules.findings
    }

    private static let mediaTags: Set = [
        "EXTINF", "EXT-X-BYTERANGE", "EXT-X-MAP", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-ENDLIST",
        "EXT-X-PLAYLIST-TYPE", "EXT-X-KEY", "EXT-X-DISCONTINUITY",
    ]

    private mutating func note(_ section: String, _ what: String) { findings.append("§\(section): \(what)") }

    private mutating func check(_ holds: Bool, _ section: String, _ what: String) { if !holds { note(section, what) } }

    /// §4.1: UTF-8 without a mark, no control characters, `#EXTM3U` first.
    private mutating func lines(of text: String) -> [Line] {
        check(!text.hasPrefix("\u{FEFF}"), "4.1", "a byte order mark")
        check(
            text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 || $0 == "\n" || $0 == "\r" }, "4.1",
            "control characters")
        let all = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        check(all.first == "#EXTM3U", "4.3.1.1", "does not begin with #EXTM3U")
        return all.dropFirst().compactMap { line in
            check(!line.hasPrefix(" ") && !line.hasSuffix(" "), "4.1", "white space around a line")
            guard line.hasPrefix("#") else { return .address(line) }
            guard line.hasPrefix("#EXT") else { return nil }
            let parts = line.dropFirst().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return .tag(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    private mutating func checkOnce(_ lines: [Line], _ names: [String]) {
        for name in names {
            let count = lines.count { if case .tag(name, _) = $0 { true } else { false } }
            check(count <= 1, "4.3", "\(name) more than once")
        }
    }

    /// §4.2: `NAME=value`, parted by commas, each name once; values with their quotes.
    private mutating func attributes(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        var rest = text[...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "=") else {
                note("4.2", "no value: \(rest)")
                return found
            }
            let name = String(rest[..<equals])
            check(
                !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "-") }, "4.2",
                "name \(name)")
            rest = rest[rest.index(after: equals)...]
            var value = ""
            if rest.first == "\"" {
                guard let close = rest.dropFirst().firstIndex(of: "\"") else {
                    note("4.2", "a quote that does not end")
                    return found
                }
                value = String(rest[...close])
                rest = rest[rest.index(after: close)...]
            } else {
                value = String(rest.prefix { $0 != "," })
                rest = rest.dropFirst(value.count)
                check(!value.isEmpty && !value.contains(where: \.isWhitespace), "4.2", "value of \(name)")
            }
            check(found.updateValue(value, forKey: name) == nil, "4.2", "\(name) twice")
            if rest.first == "," {
                rest = rest.dropFirst()
            } else {
                check(rest.isEmpty, "4.2", "no comma behind \(name)")
            }
        }
        return found
    }

    private mutating func requireQuoted(_ name: String, _ attributes: [String: String], _ section: String) {
        guard let value = attributes[name] else { return }
        check(value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\""), section, "\(name) without quotes")
    }

    private static func unquoted(_ text: String) -> String { text.trimmingCharacters(in: ["\""]) }

    private static func byteRange(_ text: String) -> (count: Int, start: Int?)? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false).map { Int($0) }
        guard let count = parts.first ?? nil, count >= 0, parts.count <= 2 else { return nil }
        if parts.count == 2, parts[1] == nil { return nil }
        return (count, parts.count == 2 ? parts[1] : nil)
    }

    /// §6.2.4: all have the same target, but subtitles of a VOD.
    private mutating func checkTargets(_ playlists: [String], _ media: (String) -> String?) {
        let tag = "#EXT-X-TARGETDURATION:"
        let targets = playlists.compactMap { media($0)?.split(separator: "\n").first { $0.hasPrefix(tag) } }
        check(Set(targets).count <= 1, "6.2.4", "not all have the same target: \(targets)")
    }

    /// §4.3.4.2: no variant asks for more bits a second than it says, with the largest sound there is beside it.
    private mutating func checkRates(
        _ named: [(address: String, attributes: [String: String])], _ sounds: [String], _ media: (String) -> String?,
        _ size: (String) -> Int?
    ) {
        let loudest = sounds.compactMap { media($0).flatMap(Self.peak) }.max() ?? 0
        for address in sounds + named.map(\.address) {
            guard let text = media(address) else {
                note("4.3.4", "\(address) is not there")
                continue
            }
            findings += Self.findings(media: text, size: size).map { "\(address) \($0)" }
        }
        for (address, attributes) in named {
            guard let bandwidth = Double(attributes["BANDWIDTH"] ?? ""), let peak = media(address).flatMap(Self.peak)
            else { continue }
            let needed = peak + (attributes["AUDIO"] == nil ? 0 : loudest)
            check(bandwidth + 1 >= needed, "4.3.4.2", "\(address) needs \(needed), and says \(bandwidth)")
        }
    }

    /// Of segments in a row that last from a half to one and a half times the target; bits a second.
    private static func peak(_ text: String) -> Double? {
        var (segments, length, count, target): ([(Double, Double)], Double, Double, Double) = ([], 0, 0, 0)
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#EXTINF:") { length = Double(line.dropFirst(8).prefix { $0 != "," }) ?? 0 }
            if line.hasPrefix("#EXT-X-BYTERANGE:") { count = Double(line.dropFirst(17).prefix { $0 != "@" }) ?? 0 }
            if line.hasPrefix("#EXT-X-TARGETDURATION:") { target = Double(line.dropFirst(22)) ?? 0 }
            if !line.hasPrefix("#") { segments.append((length, count * 8)) }
        }
        var most = 0.0
        for start in segments.indices {
            var sum = (0.0, 0.0)
            for segment in segments[start...] {
                sum = (sum.0 + segment.0, sum.1 + segment.1)
                if sum.0 >= target / 2, sum.0 <= target * 1.5 { most = max(most, sum.1 / sum.0) }
            }
        }
        return segments.isEmpty ? nil : most
    }
}
