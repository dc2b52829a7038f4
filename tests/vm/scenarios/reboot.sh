# After a real reboot, volumes, references and a volume in memory are right.
#
# Runs in the guest, from the repository, once before the reboot and once after it; see ../run.
. tests/vm/scenario.bash
home=/run/disk/pouch

state() { pouch inspect -f '{{.State.Status}}' "$1"; }

before() {
    mkfs.ext4 -q "$VMDISK"
    mount "$VMDISK" /run/disk
    start_daemon
    works scripts/make-busybox-image /run/disk/busybox.tar
    works pouch load -i /run/disk/busybox.tar
    works pouch volume create --label owner=me kept
    works pouch volume create --driver tmpfs -o size=1m fast
    works pouch volume create unused
    works pouch run -d --name ran --network none -v kept:/data -v fast:/fast busybox \
        sh -c 'echo run >> /data/runs; echo gone > /fast/file-$(wc -l < /data/runs); sync; touch /data/ready; sleep 1000'
    works pouch create --name made --network none -v kept:/data busybox true
    for _ in $(seq 150); do [ -e $home/volume/kept/ready ] && break; sleep 0.2; done
    works rm $home/volume/kept/ready
    says size=1024k grep /fast /proc/mounts
    says running state ran
    sync
    reboot
}

after() {
    mount "$VMDISK" /run/disk
    start_daemon
    says 'fast kept unused' sh -c 'echo $(pouch volume ls -q)'
    says me pouch volume inspect -f '{{.Labels.owner}}' kept
    says exited state ran
    says created state made
    ! grep /fast /proc/mounts || fail 'a volume in memory is mounted, and nobody uses it'
    says 'in use' pouch volume rm kept
    says 'in use' pouch volume rm fast
    works pouch start ran
    for _ in $(seq 150); do [ -e $home/volume/kept/ready ] && break; sleep 0.2; done
    says 'run run' sh -c "echo \$(cat $home/volume/kept/runs)"
    says size=1024k grep /fast /proc/mounts
    says file-2 ls "$(awk '/\/fast / { print $2; exit }' /proc/mounts)"
    works pouch rm -f ran made
    ! grep /fast /proc/mounts || fail 'a volume in memory outlives its last user'
    works pouch volume rm kept fast unused
    stop_daemon
    [ -z "$(ls -A $home/volume)" ] || fail "left: $(ls -A $home/volume)"
}

mkdir -p /run/disk
if [ ! -e /out/before ]; then touch /out/before; before; else after; fi
