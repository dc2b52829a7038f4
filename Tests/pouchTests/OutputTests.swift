import FoundationEssentials
import Testing

@testable import pouch

struct OutputTests {
    private static let rows: [JSON] = [
        .object(["Name": .string("a"), "Driver": .string("local"), "Size": .integer(1 << 30)]),
        .object(["Name": .string("long-name"), "Driver": .string("tmpfs"), "Size": .null]),
    ]

    private static let listing = Listing(
        columns: [
            Listing.Column(header: "DRIVER", field: "Driver"),
            Listing.Column(header: "VOLUME NAME", field: "Name"),
            Listing.Column(header: "SIZE", field: "Size") { row in
                if case .integer(let size)? = row["Size"] { Size.text(size) } else { "-" }
            },
        ], rows: rows)

    @Test(arguments: [
        (
            "table",
            """
            DRIVER    VOLUME NAME   SIZE
            local     a             1GiB
            tmpfs     long-name     -

            """
        ),
        (
            "json",
            """
            {"Driver":"local","Name":"a","Size":1073741824}
            {"Driver":"tmpfs","Name":"long-name","Size":null}

            """
        ),
        ("{{.Name}}", "a\nlong-name\n"),
        (
            #"table {{.Name}}\t{{upper .Driver}}\t{{.Size}}"#,
            """
            VOLUME NAME   DRIVER    SIZE
            a             LOCAL     1073741824
            long-name     TMPFS     <no value>

            """
        ),
    ])
    func `a list is shown as asked`(_ format: String, _ text: String) throws {
        #expect(try Self.listing.text(as: Format(format)) == text)
    }

    @Test func `a header of a field that the table doesn't show is its name in words`() throws {
        let rows = [JSON.object(["CreatedAt": .string("now"), "ID": .string("1")])]
        let listing = Listing(columns: [], rows: rows)
        let format = try Format(#"table {{.CreatedAt}}\t{{.ID}}"#)
        #expect(try listing.text(as: format) == "CREATED AT   ID\nnow          1\n")
    }

    @Test func `an empty list is a header, or nothing`() throws {
        let empty = Listing(columns: Self.listing.columns, rows: [])
        #expect(try empty.text(as: .plain) == "DRIVER    VOLUME NAME   SIZE\n")
        #expect(try empty.text(as: .json).isEmpty)
        #expect(try empty.text(as: Format("{{.Nothing}}")).isEmpty)
    }

    @Test(
        arguments: [
            (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (10 << 30, "10GiB"),
            ((10 << 30) - 1, "9.9GiB"), (2_362_232_012, "2.1GiB"), (Int64.max, "7.9EiB"),
        ] as [(Int64, String)])
    func `a size reads in binary units and is never rounded up`(_ bytes: Int64, _ text: String) {
        #expect(Size.text(bytes) == text)
    }

    @Test(
        arguments: [
            (0, "0 seconds ago"), (1, "1 second ago"), (119, "119 seconds ago"),
            (120, "2 minutes ago"), (7199, "119 minutes ago"), (7200, "2 hours ago"),
            (172_800, "2 days ago"), (1_209_600, "2 weeks ago"), (5_184_000, "2 months ago"),
            (63_072_000, "2 years ago"), (-5, "0 seconds ago"),
        ] as [(Int64, String)])
    func `an age reads in the largest unit that there are two of`(_ age: Int64, _ text: String) {
        let now = Date(timeIntervalSince1970: 2_000_000_000)
        #expect(Moment.age(of: 2_000_000_000 - age, now: now) == text)
    }

    @Test func `a time is RFC 3339 in UTC`() {
        #expect(Moment.text(1_738_310_400) == "2025-01-31T08:00:00Z")
    }

    @Test func `a time that nobody knows is none`() {
        #expect(Moment.text(0) == nil)
        #expect(Moment.age(of: 0) == "-")
    }

    @Test func `JSON is written sorted, indented, and exact`() throws {
        let text = #"{"b":[1,-2,{"c":[]}],"a":"ü\"\\\n\u0001/","n":null,"t":true,"o":{}}"#
        let value = try JSON(reading: Data(text.utf8))
        #expect(
            value.lines == #"""
                {
                    "a": "ü\"\\\n\u0001/",
                    "b": [
                        1,
                        -2,
                        {
                            "c": []
                        }
                    ],
                    "n": null,
                    "o": {},
                    "t": true
                }
                """#)
        #expect(
            value.line
                == #"{"a":"ü\"\\\n\u0001/","b":[1,-2,{"c":[]}],"n":null,"o":{},"t":true}"#)
        #expect(try JSON(reading: Data(value.line.utf8)) == value)
    }

    @Test func `a large integer stays what it is`() throws {
        #expect(try JSON(reading: Data("9223372036854775807".utf8)).line == "9223372036854775807")
    }

    @Test(arguments: [
        (0, nil, "0B"), (5 << 20, nil, "5MiB"),
        (0, 100, "[                              ] 0% 0B of 100B"),
        (50, 100, "[===============               ] 50% 50B of 100B"),
        // An archive has more in it than the files' bytes.
        (130, 100, "[==============================] 100% 130B of 100B"),
    ])
    func `progress is a bar where the end is known`(count: Int64, total: Int64?, line: String) {
        #expect(ByteProgress.text(count, of: total) == line)
    }
}
