import FoundationEssentials
import Linux
import TestSupport

@testable import Containerd

/// A small image around busybox, and archives of it as different programs write them.
struct TestImage {
    let layers: [[UInt8]]
    let configuration: [UInt8]

    /// An image of two layers; `mark` makes it different from others.
    init(mark: String = "", architecture: String = Platform.current.architecture) throws {
        let busybox = try OpenFile.bytes(at: "/bin/busybox")
        var base = TarBuilder()
        for name in ["bin", "etc", "proc", "sys", "dev", "tmp", "data"] {
            base.add(directory: name)
        }
        base.add(file: "bin/busybox", busybox, mode: 0o755)
        for name in ["sh", "true", "cat", "echo", "sleep", "ls"] {
            base.add(symbolicLink: "bin/\(name)", to: "busybox")
        }
        var top = TarBuilder()
        top.add(file: "etc/mark", Array("mark \(mark)\n".utf8))
        top.add(file: "etc/plain", Array("not a program\n".utf8))
        self.init(layers: [base.finished(), top.finished()], architecture: architecture)
    }

    init(layers: [[UInt8]], architecture: String = Platform.current.architecture) {
        self.layers = layers
        let ids = layers.map { "\"\(Digest(of: $0))\"" }.joined(separator: ",")
        configuration = Array(
            """
            {"created":"2024-05-06T07:08:09.123456789Z","architecture":"\(architecture)",\
            "os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"],"Volumes":{"/data":{}},\
            "Labels":{"kind":"test"},"WorkingDir":"/"},\
            "rootfs":{"type":"layers","diff_ids":[\(ids)]}}
            """.utf8)
    }

    var id: String { Digest(of: configuration).description }

    /// As `docker save` wrote it before it knew OCI: every layer in a folder of its own.
    func dockerArchive(tags: [String], linked: Bool = false) -> [UInt8] {
        var tar = TarBuilder()
        var paths: [String] = []
        for (index, layer) in layers.enumerated() {
            let path = "layer\(index)/layer.tar"
            tar.add(directory: "layer\(index)")
            if linked {
                tar.add(symbolicLink: path, to: "../store/\(index).tar")
                tar.add(file: "store/\(index).tar", layer)
            } else {
                tar.add(file: path, layer)
            }
            paths.append(path)
        }
        return dockerArchive(tar, tags: tags, paths: paths)
    }

    /// A docker archive whose layers are compressed.
    func compressedDockerArchive(tags: [String]) throws -> [UInt8] {
        var tar = TarBuilder()
        for (index, layer) in layers.enumerated() {
            tar.add(file: "\(index).tar", try compressed(layer, by: "gzip"))
        }
        return dockerArchive(tar, tags: tags, paths: layers.indices.map { "\($0).tar" })
    }

    private func dockerArchive(_ tar: TarBuilder, tags: [String], paths: [String]) -> [UInt8] {
        var tar = tar
        let name = Digest(of: configuration).hex + ".json"
        tar.add(file: name, configuration)
        tar.add(
            file: "manifest.json",
            Array("[{\"Config\":\"\(name)\",\"RepoTags\":\(tags),\"Layers\":\(paths)}]".utf8))
        return tar.finished()
    }

    /// An OCI layout; `nested` puts the manifest into an index among other platforms' manifests,
    /// and with tags there is docker's manifest.json beside it, as `docker save` writes it now.
    func ociArchive(
        annotations: [String: String] = [:], compression: String? = "gzip", nested: Bool = false,
        tags: [String]? = nil
    ) throws -> [UInt8] {
        var tar = TarBuilder()
        tar.add(file: "./oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        func blob(_ bytes: [UInt8], _ type: String) -> BlobDescriptor {
            let digest = Digest(of: bytes)
            tar.add(file: "./blobs/sha256/\(digest.hex)", bytes)
            return BlobDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        let suffix = compression.map { "+\($0)" } ?? ""
        let manifest = ManifestDocument(
            schemaVersion: 2, mediaType: MediaType.manifest,
            config: blob(configuration, MediaType.configuration),
            layers: try layers.map { layer in
                let bytes = try compression.map { try compressed(layer, by: $0) } ?? layer
                return blob(bytes, MediaType.layer + suffix)
            })
        var top = blob(Array(try JSONEncoder().encode(manifest)), MediaType.manifest)
        if nested {
            var other = BlobDescriptor(
                mediaType: MediaType.manifest, digest: Digest(of: [1, 2, 3]), size: 3)
            other.platform = Platform(os: "linux", architecture: "mips")
            top.platform = Platform.current
            let index = ManifestDocument(
                schemaVersion: 2, mediaType: MediaType.index, manifests: [other, top])
            top = blob(Array(try JSONEncoder().encode(index)), MediaType.index)
        }
        top.annotations = annotations
        if let tags {
            let paths = (manifest.layers ?? []).map { "blobs/sha256/\($0.digest.hex)" }
            let configuration = "blobs/sha256/\(Digest(of: configuration).hex)"
            tar.add(
                file: "manifest.json",
                Array(
                    "[{\"Config\":\"\(configuration)\",\"RepoTags\":\(tags),\"Layers\":\(paths)}]"
                        .utf8))
        }
        let index = ManifestDocument(schemaVersion: 2, manifests: [top])
        tar.add(file: "./index.json", Array(try JSONEncoder().encode(index)))
        return tar.finished()
    }
}

/// What a program such as gzip or zstd makes of `bytes`.
func compressed(_ bytes: [UInt8], by program: String) throws -> [UInt8] {
    let folder = try TemporaryDirectory()
    defer { try? folder.remove() }
    let file = folder.path + "/plain"
    try Data(bytes).write(to: URL(filePath: file))
    try runTool("sh", "-c", "\(program) -c < \(file) > \(file).out")
    return try OpenFile.bytes(at: file + ".out")
}
