#!/bin/sh
# Boots the machine's own systemd as the first process of namespaces, on a copy of the file system that forgets all writes.
# Usage: unshare --pid --mount --uts --ipc --cgroup --net --fork --kill-child sh boot_in_namespaces.sh WORK
# WORK/trial.sh runs in it as root; what it writes to /out stays in WORK/out. Nothing of the machine is changed.
set -eu

work=$1
mount -t tmpfs -o size=2g tmpfs "$work/fs"
mkdir "$work/fs/upper" "$work/fs/scratch" "$work/fs/root"
root=$work/fs/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/fs/upper,workdir=$work/fs/scratch" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/out" "$root/old"
mount --bind "$work/out" "$root/out"
cp "$work/trial.sh" "$root/out.trial.sh"
cat >"$root/etc/systemd/system/trial.target" <<'UNIT'
[Unit]
Requires=trial.service
UNIT
cat >"$root/etc/systemd/system/trial.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sh -eu /out.trial.sh
StandardOutput=append:/out/trial.txt
StandardError=append:/out/trial.txt
ExecStopPost=/bin/systemctl --force --force --no-block exit
UNIT
cd "$root"
pivot_root . old
umount -l /old
export container=vigil-trial
exec /lib/systemd/systemd --system --unit=trial.target --log-target=null --show-status=no
