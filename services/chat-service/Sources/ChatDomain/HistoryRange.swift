/// Which messages of a log, and from which end they are taken when there are more than asked for.
public enum HistoryRange: Sendable, Hashable {
    /// The oldest of those after `seq` and, if given, before `before`.
    case after(Int64, before: Int64?)
    /// The newest of those before `seq`; nil is the end of the log.
    case before(Int64?)
}
