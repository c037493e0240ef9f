extension Duration {
    /// For browsers, which count in an `unsigned long`.
    var wholeMilliseconds: Int {
        let most = Int64(UInt32.max)
        let seconds = min(max(components.seconds, 0), most / 1_000)
        return Int(seconds * 1_000 + max(components.attoseconds, 0) / 1_000_000_000_000_000)
    }
}
