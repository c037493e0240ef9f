extension QRCode {
    /// The code as an SVG document of one path, with the quiet zone of four modules that readers need.
    ///
    /// Black on white whatever the page's colours are: most readers do not know a code with light and dark exchanged, as a
    /// dark page would make it. It can stand in HTML as it is, has no script, style or reference to anything, and a length
    /// of its own (four pixels a module) that `width` and `height` of a style sheet replace.
    ///
    /// - Parameter title: what a screen reader says instead of it. Escaped; characters that XML cannot have are left out.
    public func svg(title: String) -> String {
        let full = size + 2 * Self.quiet
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(full) \(full)" width="\(full * 4)" height="\(full * 4)" \
            role="img" shape-rendering="crispEdges"><title>\(title.escapedForXML)</title>\
            <rect width="\(full)" height="\(full)" fill="#fff"/><path fill="#000" d="\(path)"/></svg>
            """
    }

    private static let quiet = 4

    /// A rectangle for each run of dark modules in a row.
    private var path: String {
        var path = ""
        for row in 0..<size {
            var column = 0
            while column < size {
                let start = column
                while column < size, isDark(row: row, column: column) { column += 1 }
                if column > start {
                    path += "M\(start + Self.quiet) \(row + Self.quiet)h\(column - start)v1h-\(column - start)z"
                }
                column += 1
            }
        }
        return path
    }
}

extension String {
    fileprivate var escapedForXML: String {
        var out = ""
        for scalar in unicodeScalars where scalar.isXML {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension Unicode.Scalar {
    /// XML 1.0 §2.2, without the controls of Latin-1 that it discourages.
    fileprivate var isXML: Bool {
        switch value {
        case 0x9, 0xa, 0xd, 0x20...0x7e, 0x85, 0xa0...0xd7ff, 0xe000...0xfffd, 0x10000...: true
        default: false
        }
    }
}
