# A volume on an NFS server: mounted at its first use, let go after the last; and when the server
# stops, only its own volumes wait, and not for ever.
#
# Runs in the guest, from the repository; see ../run. The server is the guest's own kernel.
. tests/vm/scenario.bash
home=/run/pouch-home

serve() {
    mkdir -p /var/lib/nfs/{rpc_pipefs,v4recovery,sm} /run/export/sub
    touch /etc/exports /var/lib/nfs/{etab,rmtab}
    modprobe nfsd
    modprobe nfsv4
    mount -t nfsd nfsd /proc/fs/nfsd || fail 'no NFS server in this kernel'
    mkfs.ext4 -q "$VMSCRATCH"
    mount "$VMSCRATCH" /run/export
    mkdir -p /run/export/sub
    works exportfs -o rw,no_root_squash,fsid=0,no_subtree_check,insecure 127.0.0.1:/run/export
    works rpc.mountd -N 2 -N 3
    resume
}
resume() { works rpc.nfsd -N 3 -V 4.2 -G 10 -L 10 --host 127.0.0.1 2; }
stop() { works rpc.nfsd 0; }
within() { # SECONDS COMMAND...: runs it, and fails if it took longer
    local before=$SECONDS limit=$1
    "${@:2}"
    [ $((SECONDS - before)) -le "$limit" ] || fail "${*:2} took $((SECONDS - before)) s"
}
mounted() { grep -q ' nfs4 ' /proc/mounts; }
use() { # SCRIPT: by a container with the volume
    pouch run --rm --network none -v far:/m busybox sh -c "$1"
}

serve
start_daemon
works scripts/make-busybox-image /run/busybox.tar
works pouch load -q -i /run/busybox.tar

echo '== used'
works pouch volume create -o type=nfs -o device=localhost:/sub \
    -o o=nfsvers=4,soft,timeo=10,retrans=1 far
! mounted || fail 'mounted before its first use'
says there use 'echo there > /m/file; cat /m/file'
says there cat /run/export/sub/file
! mounted || fail 'mounted after its last use'
# As Docker's pages have it: the address in o=, the path alone in device=.
works pouch volume create -o type=nfs4 -o device=:/sub \
    -o o=addr=127.0.0.1,rw,soft,timeo=10,retrans=1 near
says there pouch run --rm --network none -v near:/m busybox cat /m/file
works pouch run -d --name keeper --network none -v far:/m busybox sleep 1000
mounted || fail 'not mounted while it is used'

echo '== pouchd dies, and its container goes on'
works kill -KILL $daemon
wait $daemon
start_daemon
mounted || fail 'a restart takes away what a container uses'
says there pouch exec keeper cat /m/file

echo '== the server stops'
stop
within 5 works pouch volume ls
works pouch volume create other
says 'fine' pouch run --rm --network none -v other:/m busybox echo fine
within 45 refused 'mount nfs4' pouch run --rm --network none -v near:/m busybox true
within 45 works pouch volume inspect other
within 45 works pouch rm -f keeper
! mounted || fail 'mounted although its last user is gone'

echo '== the server is back'
resume
for _ in $(seq 30); do use 'cat /m/file' 2> /dev/null | grep -q there && break; sleep 1; done
says there use 'cat /m/file'
says there pouch run --rm --network none -v near:/m busybox cat /m/file
works pouch volume rm far near other
says there cat /run/export/sub/file
! mounted || fail 'something stays mounted'
[ -z "$(ls -A /run/pouch/image 2> /dev/null)" ] || fail "left: $(ls -A /run/pouch/image)"
stop_daemon
works exportfs -ua
stop
