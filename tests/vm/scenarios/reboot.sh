# After a real reboot, volumes, references and a volume in memory are right.
#
# Runs in the guest, from the repository, once before the reboot and once after it; see ../run.
. tests/vm/scenario.bash
home=/run/disk/pouch

door=/run/docker/plugins/pouch.sock
# CALL BODY: what a client of the plugin protocol says, such as a dockerd.
client() { curl -sS --max-time 60 --unix-socket $door -d "$2" "http://pouch/VolumeDriver.$1"; }
state() { pouch inspect -f '{{.State.Status}}' "$1"; }

before() {
    mkfs.ext4 -q "$VMDISK"
    mount "$VMDISK" /run/disk
    start_daemon --docker-plugin $door
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
    # Others have them too, through the door for dockerd and podman; what they wrote is on disk.
    works pouch volume create shared
    says '{}' client Create '{"Name":"sized","Opts":{"size":"24m"}}'
    for name in shared sized fast; do
        says Mountpoint client Mount "{\"Name\":\"$name\",\"ID\":\"of-dockerd\"}"
    done
    echo theirs > $home/volume/shared/file
    echo theirs > "$(pouch volume inspect -f '{{.Mountpoint}}' sized)/file"
    says of-dockerd pouch volume rm shared
    says of-dockerd pouch volume rm sized
    sync
    reboot
}

after() {
    mount "$VMDISK" /run/disk
    start_daemon
    says 'fast kept shared sized unused' sh -c 'echo $(pouch volume ls -q)'
    says me pouch volume inspect -f '{{.Labels.owner}}' kept
    says exited state ran
    says created state made
    ! grep /fast /proc/mounts || fail 'a volume in memory is mounted, and nobody uses it'
    # Whoever came through the door has nothing mounted any more, whether the door is open or not.
    says 'uses from before the reboot forgotten' cat /run/pouchd.log
    [ -z "$(losetup -a)" ] || fail "an image is a device, and nobody uses it: $(losetup -a)"
    says $'theirs\ntheirs' pouch run --rm --network none -v shared:/a -v sized:/b busybox cat /a/file /b/file
    works pouch volume rm shared sized
    says 'in use' pouch volume rm kept
    says 'in use' pouch volume rm fast
    works pouch start ran
    for _ in $(seq 150); do [ -e $home/volume/kept/ready ] && break; sleep 0.2; done
    says 'run run' sh -c "echo \$(cat $home/volume/kept/runs)"
    says size=1024k grep /fast /proc/mounts
    says file-2 ls "$(awk '/\/fast / { print $2; exit }' /proc/mounts)"
    works pouch rm -f ran made
    # What a client of this boot has left is let go by hand.
    stop_daemon
    start_daemon --docker-plugin $door
    says Mountpoint client Mount '{"Name":"kept","ID":"of-a-dead-one"}'
    refused of-a-dead-one pouch volume rm kept
    says 'ended one use' pouch volume detach kept
    ! grep /fast /proc/mounts || fail 'a volume in memory outlives its last user'
    works pouch volume rm kept fast unused
    stop_daemon
    [ -z "$(ls -A $home/volume)" ] || fail "left: $(ls -A $home/volume)"
}

mkdir -p /run/disk
if [ ! -e /out/before ]; then touch /out/before; before; else after; fi
