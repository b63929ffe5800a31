# For cases about mount(8): sourced by them.  Root only, in the case's own view of the mounts.
# shellcheck shell=bash source=tests/mount/lib.sh

NOBODY=65534

as_nobody() {
	setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups -- "$@"
}

# with_helpers [NAME...]: /sbin has these, as links to vbofs (both mount helpers if none is named).
with_helpers() {
	local sbin name
	need_root
	need_fuse
	[ $# -gt 0 ] || set -- mount.vbofs mount.fuse.vbofs
	sbin=$(realpath /sbin)
	mkdir "$WORK/.up" "$WORK/.wk"
	mount -t overlay overlay -o "lowerdir=$sbin,upperdir=$WORK/.up,workdir=$WORK/.wk" "$sbin" 2>/dev/null ||
		skip "cannot lay anything over $sbin"
	rm -f "$sbin"/mount.{,fuse.}vbofs
	for name; do
		ln -s "$BUILD/vbofs" "$sbin/$name"
	done
}

# Let ordinary users mount, and into this case's directory.
open_fuse() {
	chmod 711 "${WORK%/*}" "$WORK"
	mknod "$WORK/.fuse" c 10 229
	chmod 666 "$WORK/.fuse"
	mount --bind "$WORK/.fuse" /dev/fuse
}

# LINE...: what /etc/fstab says.
fstab() {
	printf '%s\n' "$@" >"$WORK/fstab"
	mount --bind "$WORK/fstab" /etc/fstab
}

# run COMMAND...: sets STATUS and OUT, both streams.
run() {
	STATUS=0
	"$@" >"$WORK/.out" 2>&1 || STATUS=$?
	OUT=$(<"$WORK/.out")
}

# DIR: what the mount table says: options, type, source.
mount_line() {
	grep -F " $1 " /proc/self/mountinfo
}

# DIR: unmount as an administrator does; the daemon has to end.
umount_dir() {
	local pid
	pid=$(daemon_of "$1")
	umount "$1"
	eventually 20 not kill -0 "$pid"
	! mounted "$1" || fail "$1 is still mounted"
}

# DIR: the pid of the program that mount(8) started for it.
daemon_of() {
	local p args
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = vbofs ] || continue
		mapfile -d '' -t args <"$p/cmdline" 2>/dev/null || continue
		[[ " ${args[*]} " != *" $1 "* ]] || echo "${p#/proc/}"
	done
}
