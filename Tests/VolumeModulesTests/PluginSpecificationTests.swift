import Testing

@testable import VolumeModules

/// What files that announce a plugin may say.
struct PluginSpecificationTests {
    private typealias Address = PluginSpecification.Address

    @Test(arguments: [
        ("unix:///run/p.sock", PluginSpecification.Address.socket("/run/p.sock")),
        (" \tunix:///run/p.sock\r\n\n", .socket("/run/p.sock")),
        ("tcp://host:8080", .url("http://host:8080", nil)),
        ("http://host/", .url("http://host", nil)),
        ("https://[::1]:8443", .url("https://[::1]:8443", .init())),
    ])
    func `a spec file is one address`(text: String, address: PluginSpecification.Address) {
        #expect(Address(spec: text) == address)
    }

    @Test(arguments: [
        ("", "scheme"), ("host:8080", "scheme"), ("ftp://host", "ftp://host"),
        ("unix://relative", "absolute"), ("http://", "host"), ("http://host/path", "host"),
        ("http://a b", "host"), ("unix:///" + String(repeating: "x", count: 107), "107"),
    ])
    func `an address that makes no sense says what would`(text: String, word: String) throws {
        guard case .unusable(let reason) = Address(spec: text) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(reason.contains(word), "\(reason)")
    }

    @Test func `a JSON file says how the plugin is known`() {
        let text = """
            {"Name": "x", "Addr": "tcp://host:1",
             "TLSConfig": {"CAFile": "/ca", "CertFile": "/cert", "KeyFile": "/key"}}
            """
        let tls = PluginSpecification.TLS(
            verifies: true, authorities: "/ca", certificate: "/cert", key: "/key")
        #expect(Address(json: Array(text.utf8)) == .url("https://host:1", tls))

        // Not to be looked at is said in so many words, or the certificate is looked at.
        for (word, verifies) in [
            ("", true), (#""CAFile": """#, true),
            (#""InsecureSkipVerify": true"#, false), (#""InsecureSkipVerify": false"#, true),
        ] {
            let text = #"{"Addr": "https://host", "TLSConfig": {\#(word)}}"#
            #expect(
                Address(json: Array(text.utf8))
                    == .url("https://host", .init(verifies: verifies)), "\(word)")
        }
        #expect(
            Address(json: Array(#"{"Addr": "unix:///p.sock"}"#.utf8)) == .socket("/p.sock"))
        for text in ["", "{}", #"{"Addr": 1}"#, "[]", #"{"Addr": "x"}"#] {
            guard case .unusable = Address(json: Array(text.utf8)) else {
                Issue.record("taken: \(text)")
                continue
            }
        }
    }
}
