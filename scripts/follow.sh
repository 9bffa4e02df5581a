#!/usr/bin/env bash
# make follow: the set-up of docs/operations.md, word for word, in an empty Debian; then a turn is asked for, saved and restored.
#
# Needs root, debootstrap, and what this machine's apt and pip are set up for. In the chroot nothing is PID 1 and nobody types:
# a stand-in for systemctl starts what the unit says, PostgreSQL is started by hand, the keys are those of the stand-in for
# CustomGPT. All else is the page's own `sh` blocks, in their order.
set -euo pipefail
cd "$(dirname "$0")/.."
REPOSITORY=$PWD
ROOT=$(mktemp -d /tmp/follow.XXXXXX)
MIRROR=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | grep -E '^(URIs:|deb )' | grep -o 'https\?://[^ ]*' | head -n 1 || true)}

inside() { chroot "$ROOT" /usr/bin/env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "${PIP[@]}" bash -euo pipefail "$@"; }

cleanup() {
    for pid in "$ROOT"/run/follow.*.pid; do
        [ -e "$pid" ] && kill "$(cat "$pid")" 2> /dev/null || true
    done
    [ -x "$ROOT/usr/bin/pg_ctlcluster" ] && chroot "$ROOT" pg_ctlcluster 15 main stop -m immediate 2> /dev/null || true
    umount --lazy "$ROOT/proc" "$ROOT/dev" "$ROOT/files" 2> /dev/null || true
    rm -rf --one-file-system "$ROOT"
}
trap cleanup EXIT

echo "An empty Debian …"
debootstrap --variant=minbase --include=ca-certificates bookworm "$ROOT" "$MIRROR" > "$ROOT/follow.log" 2>&1 || { tail "$ROOT/follow.log"; exit 1; }
chmod 0755 "$ROOT"
mkdir -p "$ROOT/files"
mount --bind /proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"

# How this machine reaches its registries is no part of the page.
rm -f "$ROOT/etc/apt/sources.list"
cp -a /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d "$ROOT/etc/apt/" 2> /dev/null || true
cp -aL /etc/resolv.conf /etc/hosts "$ROOT/etc/"
mkdir -p "$ROOT/root/.config"
cp -a /etc/pip.conf "$ROOT/etc/" 2> /dev/null || true
cp -a "$HOME/.config/pip" "$ROOT/root/.config/" 2> /dev/null || true
for file in $(env | sed -n 's/^\(PIP_CERT\|SSL_CERT_FILE\)=//p' | sort -u) $(sed -n 's/^cert *= *//p' /etc/pip.conf 2> /dev/null); do
    mkdir -p "$ROOT$(dirname "$file")" && cp -L "$file" "$ROOT$file"
done
mapfile -t PIP < <(env | grep -E '^(PIP_|SSL_CERT_FILE=|https?_proxy=|no_proxy=)' | grep -v '^PIP_FIND_LINKS=' || true)

cat > "$ROOT/usr/local/bin/systemctl" << 'STAND_IN'
#!/bin/bash
# Stands in for systemd: starts what a unit says, as whom it says, with the settings that it names.
set -euo pipefail
unit=/etc/systemd/system/orchestrator.service
value() { sed -n "s/^$1=//p" "$unit"; }
case "$1" in
    daemon-reload) ;;
    enable | start)
        install --directory --mode "$(value StateDirectoryMode)" --owner "$(value User)" --group "$(value Group)" "/var/lib/$(value StateDirectory)"
        cd "$(value WorkingDirectory)"
        set -a && . "$(value EnvironmentFile)" && set +a
        setsid setpriv --reuid "$(value User)" --regid "$(value Group)" --init-groups --no-new-privs $(value ExecStart) > /var/log/orchestrator.log 2>&1 < /dev/null &
        echo $! > /run/follow.bot.pid
        ;;
    stop)
        kill "$(cat /run/follow.bot.pid)"
        # Who has ended may still be waited for by nobody: a zombie is gone for us.
        while grep -q '^State:.[^Z]' "/proc/$(cat /run/follow.bot.pid)/status" 2> /dev/null; do sleep 0.2; done
        ;;
    *) echo "systemctl $1 is not stood in for" >&2; exit 1 ;;
esac
STAND_IN
chmod +x "$ROOT/usr/local/bin/systemctl"

# What the page leaves to a person, by the number of the block that it comes after.
declare -A BY_HAND
BY_HAND[1]='pg_ctlcluster 15 main start; git clone --quiet /files /opt/orchestrator'
BY_HAND[4]='setsid /opt/orchestrator/.venv/bin/orchestrator sandbox --port 8931 > /tmp/sandbox.env 2> /dev/null < /dev/null &
echo $! > /run/follow.sandbox.pid
for _ in $(seq 100); do grep -q REVIEW_AGENT /tmp/sandbox.env && break; sleep 0.2; done
grep -E "^[A-Z_]+=" /tmp/sandbox.env >> /etc/orchestrator/env'
git clone --quiet --no-hardlinks "$REPOSITORY" "$ROOT/files"

steps="$ROOT/root/steps.sh"
echo 'set -x' > "$steps"
blocks=$(sed -n '/^## Set it up/,/^## Back up/p' docs/operations.md)
count=$(grep -c '```sh' <<< "$blocks")
for number in $(seq "$count"); do
    awk -v wanted="$number" '/```sh/ { n++; open = n == wanted; next } /```/ { open = 0 } open { sub(/^   /, ""); print }' <<< "$blocks" >> "$steps"
    echo "${BY_HAND[$number]:-}" >> "$steps"
done

echo "The $count blocks of the page …"
inside /root/steps.sh || { tail -n 40 "$ROOT/var/log/orchestrator.log" 2> /dev/null; exit 1; }

cat > "$ROOT/root/proof.sh" << 'PROOF'
as_the_bot() { setpriv --reuid orchestrator --regid orchestrator --init-groups bash -c "set -a && . /etc/orchestrator/env && cd /opt/orchestrator && $1"; }
for _ in $(seq 300); do grep -q "Ready" /var/log/orchestrator.log && break; sleep 0.2; done
grep "Ready" /var/log/orchestrator.log
test "$(as_the_bot 'psql --quiet --tuples-only --no-align orchestrator --command "SELECT count(*) FROM processes"')" = 1
as_the_bot 'cd /tmp && /opt/orchestrator/.venv/bin/orchestrator ask "How do bees choose?" --json' | grep -q '"status": "complete"'
as_the_bot '.venv/bin/python -m scripts.backup save /var/lib/orchestrator/today.backup'
! as_the_bot '.venv/bin/python -m scripts.backup restore /var/lib/orchestrator/today.backup'
systemctl stop
as_the_bot '.venv/bin/python -m scripts.backup restore /var/lib/orchestrator/today.backup'
systemctl start
as_the_bot '.venv/bin/orchestrator turns list' | grep -q "How do bees choose"
systemctl stop
PROOF
echo "Is it a running bot? …"
inside -x /root/proof.sh || { tail -n 40 "$ROOT/var/log/orchestrator.log"; exit 1; }
echo "From nothing to a running bot with PostgreSQL: $count blocks of docs/operations.md, a turn, a backup, a restore."
