# What the guest's scenarios have in common: sourced by each, from the repository.
set -u
export PATH=${POUCH_BUILD:-$PWD/.build/debug}:$PATH POUCH_HOST=unix:///run/pouchd.sock
export SWIFT_BACKTRACE=enable=no

fail() { echo "FAILED: $*"; tail -n 20 /run/pouchd.log; exit 1; }
works() { echo "+ $*"; "$@" || fail "$*: status $?"; }
says() { # TEXT COMMAND...: what the command prints, wherever it does, has the text
    echo "+ ${*:2}"
    answer=$("${@:2}" 2>&1)
    [[ $answer == *"$1"* ]] || fail "${*:2} says '$answer', not '$1'"
}
refused() { # TEXT COMMAND...: the command fails and says why
    echo "+ ! ${*:2}"
    answer=$("${@:2}" 2>&1) && fail "${*:2} succeeds: '$answer'"
    [[ $answer == *"$1"* ]] || fail "${*:2} says '$answer', not '$1'"
}
between() { # LEAST MOST NUMBER WHAT
    [ "$1" -le "$3" ] && [ "$3" -le "$2" ] || fail "$4 is $3, not between $1 and $2"
}
start_daemon() { # OPTION...: waits until it answers
    rm -f /run/pouchd.sock
    pouchd --home-dir $home --state-dir /run/pouch --listen $POUCH_HOST "$@" > /run/pouchd.log 2>&1 &
    daemon=$!
    for _ in $(seq 150); do
        [ -S /run/pouchd.sock ] && pouch version > /dev/null 2>&1 && return
        sleep 0.2
    done
    fail 'pouchd does not answer'
}
stop_daemon() {
    works kill -TERM $daemon
    wait $daemon || fail "pouchd ended with status $?"
}
reboot() { # at once, as when the power goes
    echo b > /proc/sysrq-trigger
    sleep 60
    fail 'the guest did not reboot'
}
