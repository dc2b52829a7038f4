import Linux
import Testing
import Volumes

@testable import VolumeModules

/// What Docker's `type`, `device` and `o` may say.
struct DeviceOptionTests {
    @Test(arguments: [
        (["device": "tmpfs"], "missing required option: \"type\""),
        (["type": "tmpfs"], "missing required option: \"device\""),
        (["o": "size=1m"], "missing required option: \"type\""),
        (["type": "", "device": "x"], "missing required option: \"type\""),
        (["type": "none", "device": "/x"], "without o=bind"),
        (["type": "ext4", "device": "/x", "o": "bind"], "give type=none"),
        (["type": "none", "device": "/x", "o": "bind,size=1m"], "a bind has no such option"),
        (["type": "none", "device": "/x", "o": "bind,sync"], "whole filesystem's"),
        (["type": "none", "device": "/x", "o": "bind,rshared"], "mode of -v"),
        (["type": "ext4", "device": "/x", "o": "loop"], "losetup"),
        (["type": "ext4", "device": "/x", "o": "loop=/dev/loop7"], "losetup"),
        (["type": "ext4", "device": "/x", "o": "remount,ro"], "anew"),
        (["type": "nfs", "device": ":/x", "o": "_netdev"], "/etc/fstab"),
        (["type": "../x", "device": "x"], "give a filesystem"),
        (["type": "tmpfs", "device": "a\0b"], "no text"),
        (["type": "tmpfs", "device": "tmpfs", "size": "1m"], "goes into o="),
        (["type": "tmpfs", "device": "tmpfs", "uid": "1"], "goes into o="),
        (["type": "nfs", "device": ":/x", "size": "1m"], "as it is; leave this out"),
        (["type": "nfs", "device": ":/x", "mount": "/y"], "already what the volume is"),
        (["type": "nfs", "device": ":/x", "backing": "image"], "already what the volume is"),
    ])
    func `what makes no sense is refused`(options: [String: String], reason: String) {
        #expect {
            try LocalOptions(options)
        } throws: {
            "\($0)".contains(reason)
        }
    }

    @Test func `words are flags or the filesystem's, and the later one holds`() throws {
        let words = try MountWords("defaults,ro,nosuid,rw,vers=4.2,soft,noatime,relatime,addr=a,x=")
        #expect(words.flags == [.noSetuid, .relativeAccessTimes])
        #expect(words.dataText == "vers=4.2,soft,addr=a,x=")
        #expect(try MountWords("rbind").flags == [.bind, .recursive])
    }

    @Test func `more than a page of words is refused`() {
        #expect(throws: VolumeError.self) { try MountWords(String(repeating: "x,", count: 3000)) }
    }

    @Test func `what is given has no usual size`() throws {
        let options = try LocalOptions(
            ["type": "tmpfs", "device": "tmpfs"], usualSize: ByteCount("1g"))
        #expect(options.limits == Limits())
    }

    @Test func `a password is in no message`() throws {
        let secret = "s3cret"
        for error in [
            VolumeError.invalidOption("o", value: "user=a,password=\(secret),ro", reason: "no"),
            .differs(
                try VolumeName("data"),
                difference: "option o is \"pass=\(secret)\", not \"Password=\(secret)\""),
        ] {
            #expect(!"\(error)".contains(secret), "\(error)")
            #expect("\(error)".contains("***"))
        }
        let words = try MountWords("user=a,password=\(secret)")
        #expect(!"\(words)".contains(secret))
        #expect(words.dataText.contains(secret))
    }
}
