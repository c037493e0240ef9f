import Foundation

/// The small pictures that a player shows while somebody looks for a place: one sheet of them, at even distances.
public struct ThumbnailStrip: Sendable, Hashable {
    /// Milliseconds from one to the next.
    public let interval: Int64
    public let count: Int
    public let columns: Int
    /// Points of each.
    public let width: Int
    public let height: Int
    private let length: Int64

    public var rows: Int { (count + columns - 1) / columns }

    /// One a second at most, a hundred at most; each is as wide or high as 160 points. Nil for what has no pictures.
    public init?(of film: Film) {
        guard let size = film.pictures?.shownSize, film.milliseconds > 0 else { return nil }
        length = film.milliseconds
        interval = max(1_000, (film.milliseconds + 99) / 100)
        count = Int((film.milliseconds + interval - 1) / interval)
        columns = min(10, count)
        let scale = 160 / Double(max(size.width, size.height))
        width = max(2, Int(Double(size.width) * scale) / 2 * 2)
        height = max(2, Int(Double(size.height) * scale) / 2 * 2)
    }

    /// Which place of the sheet is for which time (WebVTT, with fragments of media for places), by the sheet's address from here.
    public func webVTT(sheet: String) -> String {
        var text = "WEBVTT\n"
        for index in 0..<count {
            let start = Int64(index) * interval
            let (x, y) = (index % columns * width, index / columns * height)
            text += "\n\(Self.time(start)) --> \(Self.time(min(start + interval, length)))\n"
            text += "\(sheet)#xywh=\(x),\(y),\(width),\(height)\n"
        }
        return text
    }

    /// Hours and minutes of two digits at least, as WebVTT wants them.
    private static func time(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        return String(
            format: "%02lld:%02lld:%02lld.%03lld", seconds / 3_600, seconds / 60 % 60, seconds % 60,
            milliseconds % 1_000)
    }
}
