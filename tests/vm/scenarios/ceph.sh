# Images mapped by the kernel's own modules, rbd and nbd: lives, one writer, a takeover, a helper that
# is killed, crashes on the way to the first mount, and a reboot in the middle.
#
# Runs in the guest, from the repository, once before the reboot and once after it; see ../run. The
# cluster runs in the guest too, on its disk.
. tests/vm/scenario.bash
home=/run/disk/pouch
cluster=/run/disk/c
conf=$cluster/ceph.conf
export POUCH_TEST_OBJECT_STORE=bluestore POUCH_TEST_WATCH_TIMEOUT=120

# The second host has a home, a state and a socket of its own.
start_other() {
    pouchd --home-dir /run/disk/other --state-dir /run/other --listen unix:///run/other.sock \
        > /run/other.log 2>&1 &
    other=$!
    for _ in $(seq 300); do
        [ -S /run/other.sock ] && on_other version > /dev/null 2>&1 && return
        sleep 0.2
    done
    cat /run/other.log
    fail 'the other pouchd does not answer'
}
on_other() { POUCH_HOST=unix:///run/other.sock pouch "$@"; }
create() { # NAME OPTION...
    works pouch volume create --driver ceph -o conf=$conf -o user=volumes "${@:2}" "$1"
}
in_container() { pouch run --rm --network none -v "$1":/data busybox sh -c "$2"; }
hold() { # CONTAINER VOLUME SCRIPT: runs on until it is removed
    works pouch run -d --name "$1" --network none -v "$2":/data busybox sh -c "$3"
}
status() { pouch volume inspect -f "{{.Status.$2}}" "$1"; }
ask() { # LINE: of Python, with the pool `io`
    timeout 60 /usr/bin/python3 - << END || fail "the cluster is asked: $1"
import os, rados, rbd, sys
c = rados.Rados(conffile="$conf", name="client.admin")
c.connect(timeout=30)
io = c.open_ioctx("rbd")
$1
sys.stdout.flush()
os._exit(0)
END
}
# What shows an image, by the kernel's own lists. A device of nbd names its process for as long as it
# is mounted, even when that has ended.
devices() {
    ls /sys/bus/rbd/devices 2> /dev/null
    for server in $(cat /sys/block/nbd*/pid 2> /dev/null); do
        [ ! -d /proc/$server ] || echo "rbd-nbd $server"
    done
}
nobody_maps() { [ -z "$(devices)" ]; }
soon() { # WHAT COMMAND...: it comes to be so
    for _ in $(seq 150); do "${@:2}" > /dev/null 2>&1 && return; sleep 0.2; done
    fail "never: $1"
}
nothing_mapped() {
    nobody_maps || fail "still mapped: $(devices)"
    [ -z "$(ls -A /run/pouch/ceph)" ] || fail "left: $(find /run/pouch/ceph)"
    ! pgrep -x rbd-nbd || fail 'a process of rbd-nbd is left'
}

# The same life with each of them.
life() { # MAPPER
    local volume=life-$1
    echo "== $1: a life (after $SECONDS s)"
    create $volume -o size=64m -o mapper=$1
    says kept in_container $volume 'echo kept > /data/note; cat /data/note'
    nothing_mapped
    hold keeper $volume 'cat /data/note; exec sleep 1000'
    says "$1" status $volume Mapper
    says 'was asked for' status $volume MapperReason
    local device
    device=$(awk '$2 ~ "^/run/pouch/ceph/" { print $1; exit }' /proc/mounts)
    # From a file, for its own words are among those looked through.
    sed -n 's/.*key = //p' $cluster/client.volumes.keyring > /run/secret
    ! cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ /sys/bus/rbd/devices/*/config_info /run/pouchd.log \
        2> /dev/null | grep -aqF -f /run/secret || fail 'the key can be read'

    echo "== $1: it grows while it is used, and snapshots are not in its way"
    works pouch volume update $volume --size 96m
    between 75000 98304 "$(pouch exec keeper df -k /data | awk 'END { print $2 }')" 'KiB that it has'
    ask "with rbd.Image(io, '$volume') as image: image.create_snap('one'); image.remove_snap('one')"

    echo "== $1: pouchd dies, and its container goes on"
    works kill -KILL $daemon
    wait $daemon
    start_daemon
    says kept pouch exec keeper cat /data/note
    grep -q "^$device /run/pouch/ceph/" /proc/mounts || fail "$device is mounted no more"

    echo "== $1: one writer, until it is taken away"
    says $volume on_other volume create --driver ceph -o conf=$conf -o user=volumes \
        -o mapper=$1 -o image=$volume $volume
    refused 'in use elsewhere: host' on_other run --rm --network none -v $volume:/data busybox true
    says 'fenced are' on_other volume detach --force $volume
    says kept on_other run --rm --network none -v $volume:/data busybox \
        sh -c 'cat /data/note; echo theirs > /data/note'
    refused '' pouch exec keeper sh -c 'echo late > /data/late && sync /data/late'
    soon 'the old host is cut off' nobody_maps
    works pouch rm -f keeper
    nothing_mapped
    says theirs in_container $volume 'ls /data; cat /data/note'
    [[ $answer != *late* ]] || fail 'a fenced host has written'
    works on_other volume rm $volume
}

crashes() { # MAPPER
    echo "== $1: pouchd dies on the way to the first mount (after $SECONDS s)"
    create early-$1 -o size=16m -o mapper=$1
    stop_daemon
    for step in ceph.mapped ceph.formatted; do
        POUCHD_DIE_AT=$step start_daemon
        pouch run --name $step --network none -v early-$1:/data busybox true > /dev/null 2>&1 &&
            fail "a container runs although pouchd died"
        wait $daemon
        ! nobody_maps || fail 'nothing is mapped when pouchd dies'
    done
    start_daemon
    says once in_container early-$1 'echo once >> /data/note; cat /data/note'
    nothing_mapped
    says 'once once' in_container early-$1 'echo once >> /data/note; echo $(cat /data/note)'
    works pouch volume rm early-$1

    create foreign-$1 -o size=16m -o mapper=$1
    ask "with rbd.Image(io, 'foreign-$1') as image: image.write(b'precious', 9 << 20)"
    refused 'never formatted over' in_container foreign-$1 true
    nothing_mapped
    says precious ask "with rbd.Image(io, 'foreign-$1') as image: print(image.read(9 << 20, 8))"
    works pouch volume rm foreign-$1
}

# What rbd-nbd and the kernel would both allow: to take a device away under a mount.
under_a_mount() {
    echo '== rbd-nbd: nothing is taken away under a mount'
    hold keeper life-rbd-nbd 'exec sleep 1000'
    unshare --mount --propagation private sleep 1000 &
    local sleeper=$!
    soon 'it has mounts of its own' grep -q /run/pouch/ceph/ /proc/$sleeper/mounts
    refused 'still has it open' pouch rm -f keeper
    ! nobody_maps || fail 'unmapped under a mount'
    kill $sleeper
    wait $sleeper 2> /dev/null
    works pouch rm -f keeper
    nothing_mapped
    says theirs in_container life-rbd-nbd 'cat /data/note'
    nothing_mapped
}

helper_is_killed() {
    echo '== rbd-nbd: killed while a container writes'
    hold writer life-rbd-nbd 'i=0; while i=$((i+1)); do
        echo $i | dd of=/data/f$i conv=fsync 2> /dev/null && echo $i || { echo failed; exec sleep 1000; }; done'
    soon 'it writes' sh -c 'pouch logs writer | grep -qx 10'
    works pkill -KILL -x rbd-nbd
    soon 'its writes fail' sh -c 'pouch logs writer | grep -qx failed'
    written=$(pouch logs writer | grep -cv failed)
    says 'what mapped the image here ended' status life-rbd-nbd Trouble
    works pouch rm -f writer
    says none-lost in_container life-rbd-nbd \
        "for i in \$(seq $written); do [ \"\$(cat /data/f\$i)\" = \$i ] || exit 1; done; rm /data/f*; echo none-lost"
    nothing_mapped
}

before() {
    mkfs.ext4 -q "$VMDISK"
    mount "$VMDISK" /run/disk
    works tests/ceph/cluster start $cluster
    start_daemon
    start_other
    works scripts/make-busybox-image /run/disk/busybox.tar
    works pouch load -q -i /run/disk/busybox.tar
    works on_other load -q -i /run/disk/busybox.tar
    for mapper in krbd rbd-nbd; do
        life $mapper
        crashes $mapper
    done
    under_a_mount
    helper_is_killed
    echo "== the power goes (after $SECONDS s)"
    for mapper in krbd rbd-nbd; do
        hold on-$mapper life-$mapper \
            'echo synced > /data/synced; sync; echo lost > /data/lost; touch /data/ready; exec sleep 1000'
        soon 'it is written' pouch exec on-$mapper test -e /data/ready
    done
    # Nobody said how, and this kernel has all that the first choice needs.
    create chosen -o size=16m
    hold chooser chosen 'exec sleep 1000'
    says krbd status chosen Mapper
    says "the kernel's own module" status chosen MapperReason
    sync
    reboot
}

after() {
    mount "$VMDISK" /run/disk
    works tests/ceph/cluster start $cluster
    start_daemon
    nothing_mapped
    for mapper in krbd rbd-nbd; do
        # The dead client is fenced by what the lease's note says; nobody waits for its watch.
        SECONDS=0
        says synced in_container life-$mapper 'cat /data/synced'
        between 0 60 $SECONDS 'seconds until it is used again'
        works pouch start on-$mapper
        soon 'it runs' pouch exec on-$mapper test -e /data/ready
        works pouch rm -f on-$mapper
        works pouch volume rm life-$mapper
    done
    works pouch rm -f chooser
    works pouch volume rm chosen
    nothing_mapped
    soon 'the images go' sh -c "[ -z \"\$(timeout 60 rbd -c $conf ls)\" ]"
    stop_daemon
    works tests/ceph/cluster stop $cluster
}

mkdir -p /run/disk
if [ ! -e /out/before ]; then touch /out/before; before; else after; fi
