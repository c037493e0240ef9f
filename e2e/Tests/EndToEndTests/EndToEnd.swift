import Testing

/// Everything below runs against one platform, one test after the other: some of them kill parts of it.
///
/// `make e2e` starts that platform; with another one running, `HIROBA_PORT_OFFSET` says where.
@Suite(.serialized)
enum EndToEnd {}
