import FoundationEssentials
import PouchAPI
import Testing

@testable import PouchClient

/// Long lists are read by a reader of their own, which must read what the general one does.
struct VolumeListReaderTests {
    private func read(_ text: String) throws -> VolumeListResponse {
        try VolumeListResponse(reading: Data(text.utf8))
    }

    private let full = Volume(
        name: "data", driver: "local", mountpoint: "/var/lib/pouch/volume/data",
        createdAt: "2026-01-02T03:04:05Z", status: ["State": "unavailable"],
        labels: ["a": "", "b \"\\/\u{8}\u{c}\n\r\t\u{1}": "ä€\u{1F40B}"], scope: "local",
        options: ["size": "10G"],
        usage: UsageData(
            size: 5_000_000_000, references: 2, limit: .max, inodes: 3, inodeLimit: 4, percent: 99,
            method: "quota", asOf: "2026-01-02T03:04:05.123456789Z"))

    private let bare = Volume(
        name: "bare", driver: "tmpfs", mountpoint: "", createdAt: "", scope: "global",
        usage: UsageData(size: -1))

    @Test(arguments: [JSONEncoder.OutputFormatting(), .prettyPrinted, .withoutEscapingSlashes])
    func `what is read is what was written`(form: JSONEncoder.OutputFormatting) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = form
        for list in [
            VolumeListResponse(volumes: [], warnings: nil),
            VolumeListResponse(volumes: [full, bare], warnings: ["plugin x: it \"hangs\"", ""]),
        ] {
            #expect(try VolumeListResponse(reading: encoder.encode(list)) == list)
        }
    }

    /// What is read from a volume with these more fields, by both readers.
    private func expectSame(_ fields: String) throws {
        let text = """
            {"Warnings":null,"Volumes":[{"Name":"n","Driver":"d","Mountpoint":"","CreatedAt":"",\
            "Scope":"local","Labels":null,"Options":{},\(fields)}]}

            """
        #expect(
            try read(text)
                == JSONDecoder().decode(VolumeListResponse.self, from: Data(text.utf8)), "\(text)")
    }

    @Test func `numbers, escapes, nothing and the unknown are read as by everybody`() throws {
        try expectSame(#""UsageData":null"#)
        try expectSame(#""UsageData":{"Size":-1,"Limit":null,"Percent":0}"#)
        try expectSame(#""Status":{"x":"\u00e4\ud83d\udc0b\/\b\f"}"#)
        try expectSame(#""New":[1.5e3,-0,true,false,null,{"a":[{}]},"\u0041"],"Status":{ }"#)
    }

    @Test(arguments: [
        "", "[1]", "{", "{}", #"{"Volumes":null}"#, #"{"Volumes":[]"#, #"{"Volumes":[]} x"#,
        #"{"Volumes":[],}"#, #"{"Volumes":[1]}"#, #"{"Volumes":[{"Name":"n"}]}"#,
        #"{"Volumes":[],"Warnings":[1]}"#, #"{"Volumes":[],"x":tru}"#, #"{"Volumes":[],"x":"\q"}"#,
        #"{"Volumes":[],"x":"\ud83d"}"#, #"{"Volumes":[],"x":"\u12"}"#, #"{"Volumes":[],"x":1"#,
        "{\"Volumes\":[],\"x\":\"\n\"}", #"{"Volumes":[],"x":"\"#, #"{"Volumes":[]"x":1}"#,
    ])
    func `what is no list is refused`(text: String) {
        #expect(throws: (any Error).self) { try read(text) }
    }

    @Test func `what is not UTF-8, or nested without end, is refused`() {
        let beginning = Array(#"{"Volumes":[],"x":"#.utf8)
        for rest in [
            [0x22, 0xFF, 0x22, 0x7D], Array(repeating: UInt8(ascii: "["), count: 100_000),
        ] {
            #expect(throws: JSONScanner.Unexpected.self) {
                try VolumeListResponse(reading: Data(beginning + rest))
            }
        }
    }
}
