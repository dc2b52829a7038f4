"""Measures Ceph volumes beside the same images made and mapped by hand. Used by bench/run."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = ["ceph-mon", "ceph-osd", "ceph-authtool", "rbd", "fio"]


def missing():
    """What a cluster and these measurements need and this machine has not."""
    return [program for program in NEEDED if not shutil.which(program)]


def said(*command, **options):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


@contextlib.contextmanager
def cluster(folder):
    script = os.path.join(HERE, "..", "tests", "ceph", "cluster")
    try:
        subprocess.run([script, "start", folder], check=True, stdout=sys.stderr)
        yield f"{folder}/ceph.conf"
    finally:
        subprocess.run([script, "stop", folder], check=True)


class Plugin:
    """pouchd as a dockerd would speak with it: Mount maps and mounts, and nothing else."""

    def __init__(self, path):
        self.path = path

    def __call__(self, call, **words):
        connection = http.client.HTTPConnection("pouch", timeout=120)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        connection.request("POST", f"/VolumeDriver.{call}", json.dumps(words))
        answer = json.load(connection.getresponse())
        connection.close()
        if answer.get("Err"):
            sys.exit(f"{call}: {answer['Err']}")
        return answer


class ByHand:
    """An image mapped and mounted by the tools that pouchd's mappers stand for."""

    def __init__(self, mapper, conf, image, folder):
        self.mapper, self.conf, self.image, self.folder = mapper, conf, image, folder
        self.mount_point = f"{folder}/mount"
        os.makedirs(self.mount_point)

    def map(self):
        if self.mapper == "krbd":
            self.device = said("rbd", "-c", self.conf, "--id", "volumes", "device", "map", "-o",
                               "noudev,noshare", f"rbd/{self.image}")
        elif self.mapper == "rbd-nbd":
            self.device = said("rbd-nbd", "-c", self.conf, "--id", "volumes", "map",
                               f"rbd/{self.image}")
        else:
            self.device = self.map_with_qemu()

    def map_with_qemu(self):
        file = f"{self.folder}/image"
        open(file, "w").close()
        node = {"driver": "rbd", "node-name": "image", "conf": self.conf, "user": "volumes",
                "pool": "rbd", "image": self.image, "discard": "unmap"}
        export = {"type": "fuse", "id": "export", "node-name": "image", "mountpoint": file,
                  "writable": True}
        self.process = subprocess.Popen(
            ["qemu-storage-daemon", "--blockdev", json.dumps(node), "--export",
             json.dumps(export)], stdin=subprocess.DEVNULL)
        while not os.path.ismount(file):
            if self.process.poll() is not None:
                sys.exit("qemu-storage-daemon ended")
            time.sleep(0.005)
        return said("losetup", "--find", "--show", "--direct-io=on", file)

    def format(self):
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard", self.device],
                       check=True)

    def mount(self):
        subprocess.run(["mount", "-o", "discard", self.device, self.mount_point], check=True)

    def end(self):
        subprocess.run(["umount", self.mount_point], check=True)
        self.unmap()

    def unmap(self):
        if self.mapper == "krbd":
            subprocess.run(["rbd", "device", "unmap", "-o", "noudev", self.device], check=True)
        elif self.mapper == "rbd-nbd":
            subprocess.run(["rbd-nbd", "unmap", self.device], check=True)
        else:
            subprocess.run(["losetup", "--detach", self.device], check=True)
            self.process.terminate()
            self.process.wait(60)


def milliseconds(action):
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def written(directory, order, block, size):
    """MB/s."""
    done = said("fio", "--name=x", f"--directory={directory}", f"--rw={order}", f"--bs={block}",
                f"--size={size}", "--ioengine=psync", "--end_fsync=1", "--output-format=json",
                "--runtime=10", "--unlink=1")
    return json.loads(done)["jobs"][0]["write"]["bw_bytes"] / 1e6


def measure(bench, folder, pouchd, whole_process, in_turns):
    """Adds the rows to `bench`; `pouchd` starts one with more options."""
    lacking = missing()
    if lacking:
        print(f"Ceph volumes: skipped, for {', '.join(lacking)} is not installed",
              file=sys.stderr)
        return
    door = f"{folder}/door"
    with cluster(f"{folder}/ceph") as conf, pouchd(
            f"{folder}/p5", options=["--docker-plugin", door]) as pouch:
        Measurement(bench, folder, conf, pouch, Plugin(door), whole_process, in_turns).run()


class Measurement:
    def __init__(self, bench, folder, conf, pouch, plugin, whole_process, in_turns):
        self.bench, self.folder, self.conf, self.pouch = bench, folder, conf, pouch
        self.plugin, self.whole_process, self.in_turns = plugin, whole_process, in_turns

    def create(self, name, size="16m"):
        return self.whole_process(
            self.pouch.cli + ["volume", "create", "--driver", "ceph", "-o", f"conf={self.conf}",
                              "-o", "user=volumes", "-o", f"size={size}", name],
            self.pouch.variables)

    def create_by_hand(self, name, size="16M"):
        return self.whole_process(
            [shutil.which("rbd"), "-c", self.conf, "--id", "volumes", "create", "--size", size,
             f"rbd/{name}"], os.environ)

    def run(self):
        number = iter(range(10**9))
        result = self.in_turns(
            self.bench.turns, ours=lambda: self.create(f"made-{next(number)}"),
            theirs=lambda: self.create_by_hand(f"hand-{next(number)}"))
        self.bench.row("`pouch volume create --driver ceph`, whole process", "ms", *result,
                       "≤ 1 ×", "rbd create")
        self.create("ours", "1g")
        self.create_by_hand("theirs", "1G")
        # The first time, it is formatted.
        mounted = self.plugin("Mount", Name="ours", ID="bench")["Mountpoint"]
        mapper = said(*self.pouch.cli, "volume", "inspect", "-f", "{{.Status.Mapper}}", "ours",
                      env=self.pouch.variables)
        by_hand = ByHand(mapper, self.conf, "theirs", f"{self.folder}/hand")
        by_hand.map()
        by_hand.format()
        by_hand.mount()
        try:
            self.throughput(mapper, mounted, by_hand.mount_point)
        finally:
            by_hand.end()
            self.plugin("Unmount", Name="ours", ID="bench")
        self.attach(mapper, by_hand)

    def throughput(self, mapper, ours, theirs):
        size = "64m" if self.bench.quick else "256m"
        for order, block, what in (("write", "1m", "sequential"), ("randwrite", "4k", "random 4k")):
            rates = {ours: [], theirs: []}

            def rate(directory):
                rates[directory].append(written(directory, order, block, size))
                return rates[directory][-1]

            result = self.in_turns(self.bench.turns // 2 + 1, ours=lambda: rate(ours),
                                   theirs=lambda: rate(theirs))
            spread = max((max(r) - min(r)) / statistics.median(r) for r in rates.values())
            self.bench.row(f"{what} writes to a Ceph volume, {mapper} (spread {spread:.0%})",
                           "MB/s", *result, "≥ 0.98 ×", "mapped by hand")

    def attach(self, mapper, by_hand):
        def ours():
            taken = milliseconds(lambda: self.plugin("Mount", Name="ours", ID="bench"))
            self.plugin("Unmount", Name="ours", ID="bench")
            return taken

        def theirs():
            def map_and_mount():
                by_hand.map()
                by_hand.mount()

            taken = milliseconds(map_and_mount)
            by_hand.end()
            return taken

        result = self.in_turns(self.bench.turns, ours=ours, theirs=theirs)
        self.bench.row(f"attach of a Ceph volume, {mapper}: lease, map, check, mount", "ms",
                       *result, "–", "map and mount by hand")
