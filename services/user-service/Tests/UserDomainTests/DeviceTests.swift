import Testing
import UserDomain

@Suite struct DeviceTests {
    @Test(arguments: [
        ("203.0.113.77", "203.0.113.0/24"), ("203.0.113.0/24", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("2001:db8:1::/48", "2001:db8:1::/48"), ("::1", "::/48"),
        ("fe80::1%eth0", nil), ("unknown", nil), ("", nil), ("203.0.113.300", nil), ("/", nil), ("1", nil),
    ])
    func `of an address no more is kept than roughly where it is`(address: String, network: String?) {
        #expect(Device(address: address).network == network)
    }

    @Test(arguments: [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
            "Safari on macOS"
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android"
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows"
        ),
        ("curl/8.14.1", "curl"), ("HirobaApp/3.1 (iPad; iOS 18.5)", "HirobaApp on iPad"),
        ("<b>\u{202E}evil</b>", "bevil"), ("Mozilla/5.0", nil), ("", nil), ("\u{202E}", nil),
    ])
    func `a device has a name people know it by`(userAgent: String, name: String?) {
        #expect(Device(userAgent: userAgent).name == name)
    }
}
