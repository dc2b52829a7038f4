import Synchronization
import Testing
import Volumes

@testable import Containers

struct MountPlanTests {
    private func plan(
        binds: [String] = [], mounts: [RequestedMount] = [], volumes: [String] = [],
        image: [String] = [], driver: String? = nil
    ) throws -> MountPlan {
        var request = ContainerRequest(image: "busybox")
        request.binds = binds
        request.mounts = mounts
        request.volumes = volumes
        request.volumeDriver = driver
        let count = Mutex(0)
        return try MountPlan(for: request, over: ImageConfiguration(volumes: image)) {
            count.withLock { count in
                count += 1
                return "anonymous-\(count)"
            }
        }
    }

    @Test func `parents come before what lies in them, always in one order`() throws {
        let plan = try plan(
            binds: ["bb:/a/b/c", "/srv:/z", "aa:/a", "cc:/a/b"], volumes: ["/a-b/c", "/y"])
        #expect(
            plan.steps.map(\.point.destination) == ["/a", "/y", "/z", "/a-b/c", "/a/b", "/a/b/c"])
    }

    @Test(arguments: [
        ["x1:/data", "x2:/data/"], ["x1:/data", "/srv:/x/../data"], ["/data", "/data"],
    ])
    func `two mounts at one place are refused`(_ binds: [String]) throws {
        #expect(throws: ContainerError.duplicateMount("/data")) { try plan(binds: binds) }
    }

    @Test func `a mount asked for part by part conflicts with a bind`() throws {
        let mount = RequestedMount(kind: .volume, source: "other", destination: "/data")
        #expect(throws: ContainerError.duplicateMount("/data")) {
            try plan(binds: ["data:/data"], mounts: [mount])
        }
    }

    @Test func `binds come before the request's volumes, and these before the image's`() throws {
        let plan = try plan(
            binds: ["mine:/data"], volumes: ["/data/", "/cache"],
            image: ["/cache", "/data", "/log"])
        #expect(plan.steps.map(\.point.destination) == ["/cache", "/data", "/log"])
        #expect(plan.steps.map(\.point.isAnonymous) == [true, false, true])
        #expect(plan.steps[1].point.name == "mine")
    }

    @Test func `an anonymous volume carries docker's label and the chosen driver`() throws {
        let step = try #require(try plan(binds: ["/data"], driver: "tmpfs").steps.first)
        #expect(step.point.isAnonymous)
        #expect(step.volume?.labels == ["com.docker.volume.anonymous": ""])
        #expect(step.volume?.driver == "tmpfs")
        #expect(step.volume?.name?.description == step.point.name)
    }

    private func volume(
        at destination: String, labels: [String: String]? = nil, driver: String? = nil,
        options: [String: String]? = nil
    ) -> RequestedMount {
        var mount = RequestedMount(kind: .volume, source: "data", destination: destination)
        mount.volumeLabels = labels
        mount.volumeDriver = driver
        mount.volumeOptions = options
        return mount
    }

    @Test func `what mounts say of one new volume counts together, in any order`() throws {
        let mounts = [
            volume(at: "/b", labels: ["one": "1", "same": "x"], driver: "tmpfs"),
            volume(at: "/a", labels: ["two": "2", "same": "x"], options: ["size": "1m"]),
        ]
        for mounts in [mounts, mounts.reversed()] {
            let plan = try plan(binds: ["data:/c", "other:/d"], mounts: mounts)
            for step in plan.steps.prefix(3) {
                #expect(step.volume?.labels == ["one": "1", "two": "2", "same": "x"])
                #expect(step.volume?.driver == "tmpfs")
                #expect(step.volume?.options == ["size": "1m"])
            }
            #expect(plan.steps.last?.volume?.labels == nil)
        }
    }

    @Test func `mounts that contradict each other about a new volume are refused`() throws {
        for (one, other, what) in [
            (volume(at: "/a", labels: ["x": "1"]), volume(at: "/b", labels: ["x": "2"]), "label x"),
            (volume(at: "/a", driver: "local"), volume(at: "/b", driver: "tmpfs"), "driver"),
            (
                volume(at: "/a", options: ["size": "1m"]),
                volume(at: "/b", options: ["size": "2m"]), "option size"
            ),
        ] {
            for mounts in [[one, other], [other, one]] {
                #expect {
                    try plan(mounts: mounts)
                } throws: {
                    "\($0)".contains("\(what) of volume data") && "\($0)".contains("/b")
                }
            }
        }
    }

    @Test func `only volumes are filled from the image, and not with nocopy`() throws {
        let plan = try plan(binds: ["aa:/a", "bb:/b:nocopy", "/srv:/c", "/d"])
        #expect(plan.steps.map(\.point.copiesUp) == [true, false, false, true])
    }

    @Test func `a bind's missing directory is made, as docker's -v does, but not a mount's`() throws
    {
        let mount = RequestedMount(kind: .bind, source: "/srv/x", destination: "/b")
        let plan = try plan(binds: ["/srv:/a"], mounts: [mount])
        #expect(plan.steps.map(\.makesSource) == [true, false])
    }

    @Test func `a volume asked for part by part is made as it says`() throws {
        var mount = RequestedMount(kind: .volume, source: nil, destination: "/data")
        mount.volumeDriver = "tmpfs"
        mount.volumeOptions = ["size": "1m"]
        mount.volumeLabels = ["a": "b"]
        mount.isReadOnly = true
        mount.copiesUp = false
        let step = try #require(try plan(mounts: [mount]).steps.first)
        #expect(step.volume?.driver == "tmpfs")
        #expect(step.volume?.options == ["size": "1m"])
        #expect(step.volume?.labels == ["a": "b", "com.docker.volume.anonymous": ""])
        #expect(step.point.isReadOnly && step.point.isAnonymous && !step.point.copiesUp)
    }

    @Test(arguments: ["", "/", "data", "/x/.."])
    func `an image's volume at a bad place is refused`(_ path: String) {
        #expect(throws: ContainerError.self) { try plan(image: [path]) }
    }

    @Test(arguments: [nil, "", "srv", "./srv", "/s\0rv"])
    func `a bind part by part needs an absolute source`(_ source: String?) {
        let mount = RequestedMount(kind: .bind, source: source, destination: "/data")
        #expect(throws: ContainerError.self) { try plan(mounts: [mount]) }
    }
}
