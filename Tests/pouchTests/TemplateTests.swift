import FoundationEssentials
import Testing

@testable import pouch

struct TemplateTests {
    /// A volume and what else templates meet.
    private static let value = #"""
        {"Name": "data", "Driver": "local", "Mountpoint": "/var/lib/pouch/volume/data",
         "Labels": {"team": "blue", "com.example/x": "1,2=3"}, "Options": null, "Size": 10737418240,
         "Ratio": 0.5, "Anonymous": false, "Used": true,
         "Mounts": [{"Destination": "/a", "Name": "v", "RW": true},
                    {"Destination": "/b", "RW": false}],
         "State": {"Status": "running", "Pid": 7}, "Args": ["a", "b c"], "Config": {"Env": []}}
        """#

    private static func fill(_ template: String) throws -> String {
        try Template(template).fill(with: JSON(reading: Data(value.utf8)))
    }

    @Test(arguments: [
        // What scripts use.
        ("{{.Mountpoint}}", "/var/lib/pouch/volume/data"),
        ("{{ .Name }}", "data"),
        (#"{{.Name}}\t{{.Driver}}"#, "data\tlocal"),
        (#"{{.Name}}\n"#, "data\n"),
        ("{{json .Labels}}", #"{"com.example/x":"1,2=3","team":"blue"}"#),
        ("{{.Labels | json}}", #"{"com.example/x":"1,2=3","team":"blue"}"#),
        ("{{json .Options}}", "null"),
        ("{{json .Name}}", #""data""#),
        (#"{{index .Labels "team"}}"#, "blue"),
        (#"{{index .Labels "com.example/x"}}"#, "1,2=3"),
        (#"{{index .Labels "none"}}"#, ""),
        (#"{{.Label "team"}}{{.Label "none"}}"#, "blue"),
        (#"{{index .Options "size"}}"#, ""),
        (#"{{(index .Mounts 0).Destination}}"#, "/a"),
        ("{{.State.Status}}", "running"),
        ("{{.State.Pid}}", "7"),
        ("{{.Size}}", "10737418240"),
        ("{{.Ratio}}", "0.5"),
        ("{{.Used}} {{.Anonymous}}", "true false"),
        ("{{.Args}}", "[a b c]"),
        ("{{.Labels}}", "map[com.example/x:1,2=3 team:blue]"),
        ("{{.Options}}", "<no value>"),
        ("{{.Options.size}}", "<no value>"),
        ("{{.Labels.none}}", "<no value>"),
        ("{{len .Mounts}} {{len .Options}} {{len .Name}}", "2 0 4"),
        (#"{{join .Args ","}}"#, "a,b c"),
        (#"{{index (split .Mountpoint "/") 1}}"#, "var"),
        ("{{upper .Name}} {{lower .Name}}", "DATA data"),
        // Blocks.
        ("{{range .Mounts}}{{.Destination}} {{end}}", "/a /b "),
        ("{{range .Mounts}}{{.Name}};{{end}}", "v;<no value>;"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "com.example/x=1,2=3 team=blue "),
        ("{{range $i, $m := .Mounts}}{{$i}}:{{$m.Destination}} {{end}}", "0:/a 1:/b "),
        ("{{range $m := .Mounts}}{{$m.Destination}}{{$.Name}} {{end}}", "/adata /bdata "),
        ("{{range .Config.Env}}x{{else}}none{{end}}", "none"),
        ("{{if .Options}}yes{{else}}no{{end}}", "no"),
        ("{{if .Used}}yes{{end}}", "yes"),
        (#"{{if eq .Driver "tmpfs"}}t{{else if eq .Driver "local"}}l{{else}}?{{end}}"#, "l"),
        ("{{if and .Used (not .Anonymous)}}yes{{end}}", "yes"),
        ("{{with .State}}{{.Status}}{{end}}", "running"),
        ("{{with .Options}}x{{else}}{{.Name}}{{end}}", "data"),
        ("{{$n := .Name}}{{range .Mounts}}{{$n}}{{end}}", "datadata"),
        // Blanks, comments, braces.
        ("a {{- .Name -}} b", "adatab"),
        ("{{/* nothing */}}x", "x"),
        (#"{{print "}}"}}"#, "}}"),
        (#"{{print "a\tb\"c"}}"#, "a\tb\"c"),
        ("{{print `a\\tb`}}", "a\\tb"),
        ("{{println .Name}}", "data\n"),
        ("plain", "plain"),
        ("", ""),
    ])
    func `a template is filled as scripts expect`(_ template: String, _ text: String) throws {
        #expect(try Self.fill(template) == text)
    }

    @Test func `the dot is the whole value`() throws {
        #expect(try Template("{{json .}}").fill(with: .object(["a": .integer(1)])) == #"{"a":1}"#)
        #expect(try Template("{{.}}").fill(with: .string("x")) == "x")
    }

    @Test func `an unknown field is named, with what there is`() throws {
        let value = JSON.object(["Name": .string("data"), "Driver": .string("local")])
        let error = #expect(throws: TemplateError.self) {
            try Template("{{.Nmae}}").fill(with: value)
        }
        #expect(said(by: error) == "there is no field .Nmae: there are Driver, Name")
        #expect(throws: TemplateError.unknownField("Runing", known: ["Pid", "Status"])) {
            try Self.fill("{{.State.Runing}}")
        }
        #expect(throws: TemplateError.noFields("Length", of: "\"data\"")) {
            try Self.fill("{{.Name.Length}}")
        }
    }

    @Test(arguments: [
        ("{{.Name", "{{ has no }}"), ("{{if .Name}}x", "{{if}} has no {{end}}"),
        ("{{end}}", "unexpected end"), ("{{nonsense .}}", "no template function nonsense"),
        ("{{json}}", "{{json .}}"), (#"{{index .Labels}x"#, "{{ has no }}"),
        (#"{{print "a}}"#, "{{ has no }}"), ("{{.A .B}}", "second value"),
        ("{{len (.A}}", "( has no )"), ("{{json .) }}", "unexpected \")\""), ("{{}}", "missing"),
        ("{{.Name | }}", "missing"), ("{{$x}}", "no variable $x"), ("{{len 5}}", "len"),
        ("{{1x}}", "unexpected \"1x\""), ("{{#}}", "unexpected \"#\""),
    ])
    func `a template that makes no sense is refused in words`(
        _ template: String, _ words: String
    ) throws {
        let error = #expect(throws: TemplateError.self) {
            let value = JSON.object(["A": .array([]), "Labels": .null, "Name": .string("")])
            _ = try Template(template).fill(with: value)
        }
        let text = said(by: error)
        #expect(text.contains(words), "\(text)")
    }
}
