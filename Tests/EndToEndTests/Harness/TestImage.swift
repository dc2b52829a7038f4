import TestSupport

/// An image made from Debian's busybox, without network: what it says and what it holds besides.
struct TestImage: Sendable {
    let name: String
    /// What containers of it get unless they say otherwise.
    let config: JSON
    /// A shell script that makes the files of a second layer in its working directory.
    let files: String?

    init(
        _ name: String, config: JSON = ["Cmd": ["sh"], "Env": ["PATH=/bin"]], files: String? = nil
    ) {
        self.name = name
        self.config = config
        self.files = files
    }

    static let busybox = TestImage("busybox:latest")

    /// As `busybox` under the name that the original's own example uses.
    static let ubuntu = TestImage("ubuntu:latest")

    /// Holds one of everything that a copy can lose in /data, which is no image volume.
    static let data = TestImage("data:latest", files: someOfEverything)

    /// As `data`, but each container gets a volume at /data.
    static let volume = TestImage(
        "volume:latest",
        config: ["Cmd": ["sh"], "Env": ["PATH=/bin"], "Volumes": ["/data": [:]]],
        files: someOfEverything)

    /// Says in each way that there is what a container is to run.
    static let configured = TestImage(
        "configured:latest",
        config: [
            "Entrypoint": ["/bin/echo", "entry"], "Cmd": ["default"],
            "Env": ["PATH=/bin", "GREETING=hello"], "User": "1000:1000", "WorkingDir": "/work",
        ],
        files: "mkdir work; chown 1000:1000 work")

    /// Says how to find out whether what runs works.
    static let checked = TestImage(
        "checked:latest",
        config: [
            "Cmd": ["sh"], "Env": ["PATH=/bin"],
            "Healthcheck": [
                "Test": ["CMD-SHELL", "[ -e /well ]"], "Interval": 100_000_000, "Retries": 2,
            ],
        ])

    /// Where people expect their data, it has links to somewhere else.
    static let sly = TestImage(
        "sly:latest", files: "ln -s /etc away; ln -s ../../../../../../etc up; mkdir -p deep")

    private static let someOfEverything = """
        mkdir data data/folder data/empty
        chown 1000:1001 data; chmod 2750 data
        echo 'from the image' > data/file; chown 1000:1000 data/file; chmod 640 data/file
        setfattr -n user.origin -v image data/file
        ln data/file data/folder/hard
        ln -s file data/soft; chown -h 1000:1000 data/soft
        echo 'echo ran' > data/program; chmod 4755 data/program
        truncate -s 16M data/sparse; printf end >> data/sparse
        mkfifo data/pipe
        echo odd > "data/a name
        with two lines"
        chmod 1777 data/empty; chown 7:8 data/folder
        touch -h -d 2001-02-03T04:05:06Z data/*
        """

    /// Makes docker's kind of archive; returns its path.
    func archive(in directory: String) async throws -> String {
        let path = directory + "/" + name.replacing("/", with: "_") + ".tar"
        try await Program.shell(
            Self.making, path, name, config.text, files ?? "",
            Built.repository + "/scripts/make-busybox-image")
        return path
    }

    /// Makes an OCI layout of plain busybox; returns its path.
    static func layout(_ name: String, in directory: String) async throws -> String {
        let path = directory + "/" + name.replacing("/", with: "_") + ".oci.tar"
        try await Program.shell(
            #""$1" --oci "$2" "$3""#, Built.repository + "/scripts/make-busybox-image", path, name)
        return path
    }

    private static let making = #"""
        out=$1 name=$2 config=$3 files=$4 base=$5
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        "$base" "$work/base.tar"
        mkdir "$work/image" "$work/base"
        tar -C "$work/base" -xf "$work/base.tar"
        mv "$work"/base/*/layer.tar "$work/image/0.tar"
        if [ -n "$files" ]; then
            mkdir "$work/files"
            (cd "$work/files" && umask 022 && eval "$files")
            (cd "$work/files" && tar -cf "$work/image/1.tar" --format=pax --numeric-owner \
                --xattrs --xattrs-include='user.*' -- *)
        fi
        ids='' layers='' history=''
        for layer in "$work"/image/*.tar; do
            sum=$(sha256sum "$layer" | cut -d' ' -f1)
            ids+=",\"sha256:$sum\"" layers+=",\"${layer##*/}\"" history+=',{"created_by":"test"}'
        done
        arch=$(dpkg --print-architecture)
        echo "{\"architecture\":\"$arch\",\"os\":\"linux\",\"config\":$config,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[${ids:1}]},\"history\":[${history:1}]}" \
            > "$work/config"
        sum=$(sha256sum "$work/config" | cut -d' ' -f1)
        mv "$work/config" "$work/image/$sum.json"
        echo "[{\"Config\":\"$sum.json\",\"RepoTags\":[\"$name\"],\"Layers\":[${layers:1}]}]" \
            > "$work/image/manifest.json"
        tar -C "$work/image" -cf "$out" .
        """#
}
