# Project quota on ext4 and xfs: limits, usage and ids are right, also after the power went in the
# middle of an action.
#
# Runs in the guest, from the repository, once before each reboot and once after; see ../run.
. tests/vm/scenario.bash
phase=$(cat /out/phase 2> /dev/null || echo 0)
MiB=$((1 << 20))

# Root as in a container: ext4's quota does not bind who has this privilege.
plainly() { setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource "$@"; }
zeros() { plainly dd if=/dev/zero bs=64k "$@" 2>&1; }
size() { stat -c %s "$1"; }
usage() { pouch volume ls --size --filter "name=^$1\$" --format "{{.$2}}"; }
project() { lsattr -pd "$1" | awk '{ print $1 }'; }
on() { # FILESYSTEM: its daemon runs, its home is at $home
    home=/run/$1/pouch kind=$1
    echo "== $1, phase $phase"
}

make_disks() {
    mkfs.ext4 -q -O quota,project -E lazy_itable_init=1 "$VMDISK"
    mkfs.xfs -q -f "$VMSCRATCH"
}
mount_disks() {
    mkdir -p /run/ext4 /run/xfs
    mount -o prjquota "$VMDISK" /run/ext4 || fail 'ext4 with prjquota'
    mount -o prjquota "$VMSCRATCH" /run/xfs || fail 'xfs with prjquota'
}

limits() {
    says limited pouch volume create -o size=10m limited
    says 'directory, project' pouch volume inspect -f '{{.Status.Backing}}' limited
    volume=$home/volume/limited
    zeros of=$volume/file > /run/said && fail 'what passes the limit is written'
    grep -qE 'Disk quota exceeded|No space left' /run/said || fail "$(cat /run/said)"
    between $((10 * MiB - 65536)) $((10 * MiB)) "$(size $volume/file)" 'what was written'
    between $((10 * MiB - 65536)) $((10 * MiB)) "$(usage limited Used)" 'what is used'
    says "$(usage limited Used)" sh -c "echo \$((\$(du -s --block-size=1024 $volume | cut -f1) * 1024))"
    says $((10 * MiB)) usage limited Size

    says counted pouch volume create -o size=10m -o inodes=50 counted
    made=0
    while [ $made -lt 60 ] && plainly touch $home/volume/counted/$made 2> /dev/null; do
        made=$((made + 1))
    done
    between 48 50 $made 'the number of files'
    says 50 usage counted InodeLimit
    refused 'has at least' pouch volume create -o size=1k small
    says unlimited pouch volume create unlimited
    zeros of=$home/volume/unlimited/file count=16 > /dev/null
    between $MiB $((MiB + 8192)) "$(usage unlimited Used)" 'what is used without a limit'
}

growth() {
    rm $volume/file
    # 14 MiB, too slowly to reach the old limit before the new one is there.
    for _ in $(seq 56); do
        plainly dd if=/dev/zero of=$volume/file bs=256k count=1 oflag=append conv=notrunc,fsync 2>&1
    done > /run/writer &
    works pouch volume update limited --size +10m
    wait $!
    says $((14 * MiB)) size $volume/file
    says 20M pouch volume inspect -f '{{.Options.size}}' limited
    says $((20 * MiB)) usage limited Size
    refused 'are used' pouch volume update limited --size 12m
    works pouch volume update limited --size 15m
    zeros of=$volume/more > /dev/null && fail 'a smaller limit does not hold'
    between $((14 * MiB)) $((15 * MiB)) "$(usage limited Used)" 'what is used of the smaller limit'
    works pouch volume update counted --inodes 60
    works plainly touch $home/volume/counted/more
}

ids() {
    first=$(project $home/volume/limited)
    between 16777217 16777300 "$first" 'a project id'
    next=$(($(project $home/volume/unlimited) + 1))
    works mkdir /run/$kind/theirs
    works chattr -p $next /run/$kind/theirs
    echo "$((next + 1)):/srv" > /etc/projects
    works pouch volume create elsewhere
    says $((next + 2)) project $home/volume/elsewhere
    says elsewhere pouch volume rm elsewhere
    rm /etc/projects
    [ "$(lsattr -pd $home/volume/* | awk '{ print $1 }' | sort | uniq -d)" = '' ] ||
        fail 'two volumes have one id'
}

given_back() { # in the background
    for _ in $(seq 50); do
        [ "$(project /run/$kind/mine)" = 0 ] && break
        sleep 0.2
    done
    says ' 0 0 ' echo " $(project /run/$kind/mine) $(project /run/$kind/mine/deep/file) "
}

given() {
    mkdir -p /run/$kind/mine/deep
    zeros of=/run/$kind/mine/deep/file count=48 > /dev/null
    refused 'in it already' pouch volume create -o mount=/run/$kind/mine -o size=2m mine
    says ' 0 ' echo " $(project /run/$kind/mine) "
    works pouch volume create -o mount=/run/$kind/mine -o size=5m mine
    between $((3 * MiB)) $((3 * MiB + 65536)) "$(usage mine Used)" 'what was there already'
    zeros of=/run/$kind/mine/more > /dev/null && fail 'the limit of a given directory does not hold'
    between $((5 * MiB - 65536)) $((5 * MiB)) "$(usage mine Used)" 'what is used of a given directory'
    works pouch volume rm mine
    given_back
    zeros of=/run/$kind/mine/more count=96 > /dev/null || fail 'a limit stays without its volume'
    # What takes long says how far it is, on a terminal.
    [ $kind = ext4 ] || return 0
    mkdir /run/ext4/large
    (cd /run/ext4/large && touch $(seq 20000))
    works script -qec "pouch volume create -o mount=/run/ext4/large -o size=1g large" /run/typescript
    says 'files counted' cat /run/typescript
    works pouch volume rm large
}

in_containers() {
    scripts/make-busybox-image /run/busybox.tar
    works pouch load -i /run/busybox.tar
    works pouch volume create -o size=8m boxed
    run='pouch run --rm --network none -v boxed:/data busybox sh -c'
    # What df shows, if it asks for this mount and not for the first one of the device.
    says "$((8 * MiB / 4096)) 4096" $run 'stat -f -c "%b %S" /data'
    refused Operation pouch run --rm --network none -v boxed:/data -v /usr:/usr:ro -v /lib:/lib:ro \
        -v /lib64:/lib64:ro busybox /usr/bin/chattr -p 0 /data
    # A part of it is limited with all of it.
    works mkdir $home/volume/boxed/part
    pouch run --rm --network none --mount type=volume,src=boxed,dst=/data,volume-subpath=part busybox \
        sh -c 'dd if=/dev/zero of=/data/file bs=64k' > /run/said 2>&1 && fail 'a part passes the limit'
    between $((8 * MiB - 65536)) $((8 * MiB)) "$(size $home/volume/boxed/part/file)" 'what is in a part'
    works rm $home/volume/boxed/part/file
    $run 'dd if=/dev/zero of=/data/file bs=64k' > /run/said 2>&1 && fail 'a container passes the limit'
    between $((8 * MiB - 65536)) $((8 * MiB)) "$(size $home/volume/boxed/file)" 'what a container wrote'
    # What is copied from the image is limited too, though pouchd copies it.
    works pouch volume create -o size=64k tiny
    refused '' pouch create --name filled --network none -v tiny:/bin busybox true
    between 0 65536 "$(usage tiny Used)" 'what was copied'
}

limit_of() { # PROJECT: in KiB
    xfs_quota -f -x -c 'report -p -n -N -b' /run/$kind | awk -v id="#$1" '$1 == id { print $4 }'
}
layers() { # the projects that containers' own files are counted in
    lsattr -pd $home/containerd/*overlayfs/snapshots/*/{fs,work} | awk '$1 > 0 { print $1 }'
}

ends() { # CONTAINER: runs it again; the exit status is its own
    pouch start "$1" > /dev/null || return
    return "$(pouch wait "$1")"
}

disk_quota() {
    own=$(project $home/volume/unlimited) # It holds 1 MiB.
    fill='dd if=/dev/zero of=/data/new bs=64k count=32 2> /dev/null && dd if=/dev/zero of=/new bs=64k'
    works pouch create --name together --network none --disk-quota 6m -v unlimited:/data busybox \
        sh -c "$fill"
    id=$(pouch inspect -f '{{.Config.QuotaId}}' together)
    between 16777217 16777400 "$id" 'the id of a disk quota'
    says 6m pouch inspect -f '{{.Config.DiskQuota}}' together
    says " $id $id " echo " $(project $home/volume/unlimited) $(project $home/volume/unlimited/file) "
    says "$id
$id" layers
    refused "limits it already" pouch create --disk-quota 9m -v unlimited:/data busybox true
    refused 'remove the container first' pouch volume update unlimited --size 9m
    ends together && fail 'a container passes its disk quota'
    pouch logs together > /run/said 2>&1
    grep -qE 'Disk quota exceeded|No space left' /run/said || fail "$(cat /run/said)"
    between $((6 * MiB - 131072)) $((6 * MiB)) "$(usage unlimited Used)" 'what is used of a disk quota'
    stop_daemon
    start_daemon
    says $((6 * MiB)) usage unlimited Size
    ends together && fail 'a container passes its disk quota once more'
    says "$id" project $home/volume/unlimited
    works pouch rm together
    says " $own $own " echo " $(project $home/volume/unlimited) $(project $home/volume/unlimited/new) "
    left=$(limit_of $id) # A project goes when its last file has.
    [ "${left:-0}" = 0 ] || fail "project $id keeps a limit of $left KiB"
    zeros of=$home/volume/unlimited/new count=160 > /dev/null || fail 'a limit stays without its container'
    works rm $home/volume/unlimited/new

    refused "limits nothing" pouch create --disk-quota /nonesuch=1m busybox true
    refused 'has a size of its own' pouch create --disk-quota /data=1m -v limited:/data busybox true
    refused 'is in use' pouch create --disk-quota /=1m --quota-id $own busybox true
    # What counts each by itself, where an image's files are written over too.
    works pouch create --name each --network none --disk-quota '.*=4m' -v fresh:/data busybox sh -c \
        'echo more >> /bin/busybox; dd if=/dev/zero of=/data/file bs=64k; dd if=/dev/zero of=/file bs=64k'
    ends each && fail 'a container passes one of its disk quotas'
    between $((4 * MiB - 65536)) $((4 * MiB)) "$(size $home/volume/fresh/file)" 'one of two'
    each=$(layers | sort -u)
    between $((4 * 1024)) $((4 * 1024)) "$(limit_of "$each")" 'the limit of the other'
    [ $kind != ext4 ] || refused CAP_SYS_RESOURCE \
        pouch run --rm --network none --cap-add SYS_RESOURCE --disk-quota /=4m busybox true
}

# What pouchd itself writes into a volume is limited too.
by_pouchd() {
    works pouch volume create -o size=1m narrow
    head -c $((2 * MiB)) /dev/urandom > /run/big # An import makes holes of zeros.
    tar -C /run -cf /run/big.tar big
    refused '' pouch volume import narrow /run/big.tar
    between 0 $MiB "$(usage narrow Used)" 'what an import left'
    # What goes out and comes in is counted where it comes in.
    works pouch volume create -o size=3m source
    works cp /run/big $home/volume/source
    works pouch volume export source -o /run/source.tar
    works pouch volume create -o size=3m twin
    works pouch volume import twin /run/source.tar
    says "$(project $home/volume/twin)" project $home/volume/twin/big
    between $((2 * MiB)) $((2 * MiB + 65536)) "$(usage twin Used)" 'what came in'
    works pouch volume rm source twin
    works pouch create --name copied --network none -v narrow:/data busybox sleep 1000
    refused '' pouch cp /run/big copied:/data/big
    between 0 $MiB "$(usage narrow Used)" 'what a copy left'
    works pouch rm -f copied
    # Its threads that act on volumes can't pass a limit, whatever the process may do.
    privilege=$((1 << 24)) bound=0
    for status in /proc/$daemon/task/*/status; do
        mask=$(awk '/^CapEff/ { print $2 }' $status)
        [ $((0x$mask & privilege)) != 0 ] || bound=$((bound + 1))
    done
    between 1 1000 $bound 'the number of threads that quota binds'
}

# What dies and what is then left, at each of the phases.
cut_short() { # STEP COMMAND...
    stop_daemon
    POUCHD_DIE_AT=$1 start_daemon
    "${@:2}" > /dev/null 2>&1 && fail "${*:2} is answered although pouchd died"
    wait $daemon
}
sound() {
    says 'counted limited unlimited' sh -c 'echo $(pouch volume ls -q | grep -E "counted|limited")'
    for name in limited counted unlimited; do
        says "$(project $home/volume/$name)" pouch volume inspect -f '{{.Status.Backing}}' $name
    done
    # Each id that has a limit is a volume's.
    limited=$(xfs_quota -f -x -c 'report -p -n -N -b -i' /run/$kind |
        awk '$1 ~ /^#16777/ && ($4 > 0 || $9 > 0) { print substr($1, 2) }')
    [ -n "$limited" ] || fail 'no project has a limit'
    for id in $limited; do
        { lsattr -pd $home/volume/* $home/quarantine/* /run/$kind/mine 2> /dev/null; layers; } | grep -qw "$id" ||
            fail "project $id has a limit, and no volume"
    done
    [ -z "$(ls -A $home/trash)" ] || { sleep 2; [ -z "$(ls -A $home/trash)" ]; } || fail "left: $(ls -A $home/trash)"
}

case $phase in
0)
    make_disks
    mount_disks
    for kind in ext4 xfs; do
        on $kind
        start_daemon
        limits
        growth
        ids
        given
        in_containers
        disk_quota
        by_pouchd
        sync
        cut_short container.create.limited pouch create --name halfway --disk-quota 3m -v unlimited:/data busybox true
        start_daemon
        cut_short create.made pouch volume create -o size=5m half
    done
    ;;
1)
    mount_disks
    for kind in ext4 xfs; do
        on $kind
        start_daemon
        sound
        refused 'no such volume' pouch volume inspect half
        # A container's limit outlives the power cut; that of one that never was is gone.
        refused 'no container' pouch inspect halfway
        says " $(project $home/volume/unlimited) " echo " $(project $home/volume/unlimited/file) "
        ends each && fail 'a disk quota does not hold after the power cut'
        between $((4 * 1024)) $((4 * 1024)) "$(limit_of "$(layers | sort -u)")" 'the limit on a layer'
        works pouch rm each
        says '' layers
        says $((15 * MiB)) usage limited Size
        works pouch volume create -o size=5m half
        works pouch volume create -o mount=/run/$kind/mine -o size=15m mine
        cut_short resize.made pouch volume update limited --size 30m
    done
    ;;
2)
    mount_disks
    for kind in ext4 xfs; do
        on $kind
        start_daemon
        sound
        # It was never answered, and is as it was.
        says $((15 * MiB)) usage limited Size
        zeros of=$home/volume/limited/again > /dev/null && fail 'the limit does not hold after the start'
        [ $kind = ext4 ] && gone=half || gone=mine
        cut_short remove.setAside pouch volume rm $gone
    done
    ;;
3)
    mount_disks
    for kind in ext4 xfs; do
        on $kind
        start_daemon
        sound
        [ $kind = ext4 ] && gone=half || gone=mine
        refused 'no such volume' pouch volume inspect $gone
        [ $kind = ext4 ] || given_back
        works pouch volume create -o size=6m last
        zeros of=$home/volume/last/file > /dev/null && fail 'a limit does not hold after removals'
        between $((6 * MiB - 65536)) $((6 * MiB)) "$(usage last Used)" 'what is used at last'
        stop_daemon
    done
    exit 0
    ;;
esac
echo $((phase + 1)) > /out/phase
reboot
