import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing
import UserDomain

@testable import UserHTTP

@Suite struct DeviceCookieTests {
    let token = DeviceToken(secret: Data(repeating: 7, count: 32))

    private func request(_ cookie: String) -> Request {
        var head = HTTPRequest(method: .post, scheme: "https", authority: "example.com", path: "/v1/sessions")
        head.headerFields[.cookie] = cookie
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    @Test func `over HTTPS the cookie is this host's own, and none of another name is taken for it`() throws {
        let cookie = DeviceCookie(isSecure: true)
        let field = cookie.field(token)
        #expect(field.name == .setCookie && field.value.hasPrefix("__Host-hiroba_device=\(token); "))
        #expect(field.value.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
        #expect(!field.value.contains("Domain"))
        #expect(cookie.token(of: request("a=b; __Host-hiroba_device=\(token)")) == token)
        #expect(cookie.token(of: request("hiroba_device=\(token)")) == nil)
    }

    @Test func `on one machine, without TLS, it goes to sign-in alone`() {
        let cookie = DeviceCookie(isSecure: false)
        #expect(cookie.field(token).value.hasPrefix("hiroba_device=\(token); "))
        #expect(cookie.field(token).value.hasSuffix("; Path=/v1/sessions; HttpOnly; SameSite=Strict"))
        #expect(cookie.token(of: request("hiroba_device=\(token); c=d")) == token)
        #expect(cookie.token(of: request("hiroba_device=nonsense")) == nil)
    }
}
