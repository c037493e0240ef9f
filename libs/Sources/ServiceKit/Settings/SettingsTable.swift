/// Settings as `config` prints them.
struct SettingsTable {
    let settings: [Setting]

    var text: String {
        let header = ["SETTING", "VALUE", "SOURCE", "DEFAULT", "MEANING"]
        let rows = settings.map { setting in
            [
                setting.key, setting.shown.isEmpty ? "(empty)" : setting.shown, setting.source.description,
                standard(setting), setting.meaning,
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { row in
            zip(row, widths).map { cell, width in cell.padding(to: width) }.joined(separator: "  ").trimmedEnd
        }.joined(separator: "\n")
    }

    private func standard(_ setting: Setting) -> String {
        guard let standard = setting.standard else { return "(required)" }
        return standard.isEmpty ? "(empty)" : standard
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
