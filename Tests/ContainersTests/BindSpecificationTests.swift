import Testing
import Volumes

@testable import Containers

struct BindSpecificationTests {
    /// One `-v` and what it means.
    struct Case: CustomTestStringConvertible {
        let text: String
        var source = BindSpecification.Source.anonymous
        var destination = "/data"
        var isReadOnly = false
        var copiesUp = true
        var propagation: MountPoint.Propagation?

        var testDescription: String { text }
    }

    static let good: [Case] = [
        Case(text: "/data"),
        Case(text: "/data/"),
        Case(text: "//data/./x/..//"),
        Case(text: "/srv:/data", source: .host("/srv")),
        Case(text: "/srv/../opt//x/:/data", source: .host("/opt/x")),
        Case(text: "/:/data", source: .host("/")),
        Case(text: "/srv:/data:", source: .host("/srv")),
        Case(text: "/srv:/data:rw", source: .host("/srv")),
        Case(text: "/srv:/data:ro,z,Z,z", source: .host("/srv"), isReadOnly: true),
        Case(text: "/srv:/data:cached,ro", source: .host("/srv"), isReadOnly: true),
        Case(text: "/a b:/data", source: .host("/a b")),
        Case(text: "/srv:/dätä ☃", source: .host("/srv"), destination: "/dätä ☃"),
    ]

    @Test(arguments: good)
    func `what is written right is understood`(_ one: Case) throws {
        let bind = try BindSpecification(one.text)
        #expect(bind.source == one.source)
        #expect(bind.destination == one.destination)
        #expect(bind.mode.isReadOnly == one.isReadOnly)
        #expect(bind.mode.copiesUp == one.copiesUp)
        #expect(bind.mode.propagation == one.propagation)
    }

    @Test func `a source that is no path is a volume's name`() throws {
        let bind = try BindSpecification("my.data-1:/data:ro,nocopy")
        #expect(bind.source == .volume(try VolumeName("my.data-1")))
        #expect(bind.mode.isReadOnly)
        #expect(!bind.mode.copiesUp)
        #expect(bind.mode.text == "ro,nocopy")
    }

    @Test(arguments: MountPoint.Propagation.allCases, ["data", "/srv"])
    func `each propagation is taken for volumes and for binds`(
        _ propagation: MountPoint.Propagation, _ source: String
    ) throws {
        let bind = try BindSpecification("\(source):/data:\(propagation.rawValue),ro")
        #expect(bind.mode.propagation == propagation)
        #expect(bind.mode.isReadOnly)
    }

    /// What is wrong, and words that must be in the answer: what is wrong with it and a way out.
    static let bad: [(String, [String])] = [
        ("", ["no path", "[source:]destination[:mode]"]),
        (":", ["no path"]),
        ("data:", ["no path"]),
        ("::ro", ["no path"]),
        ("data", ["\"data\"", "not absolute", "begin it with \"/\""]),
        ("data:data", ["\"data\"", "not absolute"]),
        ("/srv:data", ["\"data\"", "not absolute"]),
        ("/data:ro", ["a mode needs a source", "NAME:/data:ro"]),
        (":/data", ["its source is empty", "anonymous"]),
        (":/data:", ["its source is empty", "anonymous"]),
        ("data:ro", ["not absolute"]),
        ("/", ["destination is \"/\""]),
        ("data:/", ["destination is \"/\""]),
        ("data:/x/..", ["destination is \"/\""]),
        ("data:/../..", ["destination is \"/\""]),
        ("a:/b:ro:x", ["more than two"]),
        ("a:b:c:d:e", ["more than two"]),
        ("./x:/data", ["\"./x\"", "absolute path"]),
        ("../x:/data", ["\"../x\"", "absolute path"]),
        ("..:/data", ["\"..\"", "absolute path"]),
        (".:/data", ["\".\"", "absolute path"]),
        ("~/x:/data", ["\"~/x\"", "absolute path"]),
        ("a/b:/data", ["\"a/b\"", "absolute path"]),
        (" /tmp:/data", ["\" /tmp\"", "absolute path"]),
        ("d:/data", ["too short"]),
        ("-data:/data", ["invalid volume name"]),
        ("da ta:/data", ["invalid volume name"]),
        (String(repeating: "x", count: 256) + ":/data", ["invalid volume name", "255"]),
        ("/a\0b:/data", ["NUL"]),
        ("data:/da\0ta", ["NUL"]),
        ("data:/data:x", ["unknown mode \"x\"", "rslave"]),
        ("data:/data:RO", ["unknown mode \"RO\""]),
        ("data:/data: ro", ["unknown mode \" ro\""]),
        ("data:/data:ro,", ["unknown mode \"\""]),
        ("data:/data:ro,rw", ["ro and rw", "choose one"]),
        ("data:/data:ro,ro", ["ro and ro"]),
        ("data:/data:nocopy,nocopy", ["choose one"]),
        ("data:/data:shared,rslave", ["shared and rslave", "choose one"]),
    ]

    @Test(arguments: bad)
    func `what is written wrong is refused with what would be right`(
        _ text: String, _ words: [String]
    ) throws {
        let error = #expect(throws: ContainerError.self) { try BindSpecification(text) }
        let message = try #require(error).description
        #expect(message.hasPrefix("invalid mount \"\(text)\": "))
        for word in words { #expect(message.contains(word)) }
    }
}
