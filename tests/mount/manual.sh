# What a person reads and types: man pages, --help, completion, and what `make install` lays down.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

# The pages are clean mdoc, to mandoc and to groff.
# each: vbofs.1 vbosim.1 mount.vbofs.8 vbofs-security.7
test_man_lint() {
	need mandoc
	# whether other pages are installed here says nothing about this one
	mandoc -T lint "$BUILD/man/$1" 2>/dev/null | grep -v 'referenced manual not found' >"$WORK/lint" || :
	[ ! -s "$WORK/lint" ] || fail "mandoc -T lint $1: $(cat "$WORK/lint")"
	mandoc -T utf8 -W error "$BUILD/man/$1" >/dev/null || fail "mandoc cannot show $1"
	assert_eq "$(grep -cE '^\.\\" (tree|option|switch|other)' "$BUILD/man/$1" || :)" 0 'places left to fill in'
	command -v groff >/dev/null || skip 'no groff here: mandoc alone has judged'
	groff -man -mdoc -ww -K utf8 -T utf8 -z "$BUILD/man/$1" >"$WORK/said" 2>&1
	[ ! -s "$WORK/said" ] || fail "groff about $1: $(head -n 5 "$WORK/said")"
}

# PAGE: the options and switches it explains, as "name=VALUE", sorted.
explained() {
	awk '/^\.It (Cm|Fl) / && $3 !~ /^-(help|wait|check|list|timeout)/ {
		name = ($2 == "Fl" ? "-" : "") $3; v = $0; sub(/^\.It (Cm|Fl) [^ ]+ ?/, "", v)
		gsub(/Ns|=|Ar|Cm|Fl| /, "", v); print name "=" v }' "$1" | sort
}

# vbofs(1) explains every option that there is, as the program does, and none that there is not.
test_man_options() {
	local name help page
	vbofs --list-options
	assert_num "$(wc -l <<<"$OUT")" -ge 20 'options'
	page=$(sed -n '/^\.Sh OPTIONS/,/^\.Sh THE TREE/p' "$BUILD/man/vbofs.1")
	explained - <<<"$page" | diff <(cut -f 1 <<<"$OUT" | sed 's/^[^=]*$/&=/' | sort) - >"$WORK/diff" ||
		fail "vbofs.1 and --list-options differ (< is not explained, > does not exist): $(cat "$WORK/diff")"
	while IFS=$'\t' read -r name help; do
		[[ ${page,,} == *"${help,,}."* ]] || fail "vbofs.1 does not say of $name: $help"
	done <<<"$OUT"
	for name in f d check wait list-tree list-options version help; do
		grep -qE "^\\.It Fl (.*[ ,])?(-?$name)\\b" "$SRC/src/man/vbofs.1" || fail "vbofs.1 does not explain $name"
	done
}

# vbosim(1) explains every switch that there is, and none that there is not.
test_man_switches() {
	"$BUILD/vbosim" --help | sed -nE 's/^  (--[a-z-]+)( [^ ]+)?  .*/\1=\2/p' | sed 's/= /=/' | sort >"$WORK/have"
	assert_num "$(wc -l <"$WORK/have")" -ge 25 'switches'
	explained "$BUILD/man/vbosim.1" | grep '^--' | diff "$WORK/have" - ||
		fail 'vbosim.1 and --help differ (< is not explained, > does not exist)'
}

# An option that no page names comes into it by itself, with what the program says of it; one that is gone is an error.
test_man_filled() {
	fill() { awk -f "$SRC/src/man/fill.awk" part=options "$WORK/options" part=page "$SRC/src/man/$1"; }
	"$BUILD/vbofs" --list-options >"$WORK/options"
	printf 'brand-new=a|b\tmake it so\n' >>"$WORK/options"
	assert_match "$(fill vbofs.1)" $'\n.It Cm brand-new Ns = Ns Cm a | b\nMake it so.\n' 'the page'
	sed -i '/^credentials/d' "$WORK/options"
	assert_fails fill vbofs.1
	assert_match "$(cat "$WORK/.out")" 'no credentials' 'what it said'
}

# vbofs(1) has the tree and the grammar of the program, whole.
test_man_tree() {
	local line word
	need mandoc
	mandoc -T ascii "$BUILD/man/vbofs.1" 2>/dev/null | sed 's/.\x08//g' | tr -s ' \t\n' ' ' >"$WORK/page"
	"$BUILD/vbofs" --list-tree >"$WORK/tree"
	assert_num "$(wc -l <"$WORK/tree")" -gt 60 'lines of the tree'
	while IFS= read -r line; do
		for word in $(tr -s ' ' '\n' <<<"$line"); do
			grep -qF -- " $word " "$WORK/page" || [[ $line == *'key=value'* ]] || fail "vbofs.1 lacks '$word' of '$line'"
		done
	done <"$WORK/tree"
}

# --help fits a screen of 24 lines and 80 columns and names every option.
test_help() {
	local name
	vbofs --help
	assert_num "$(wc -l <<<"$OUT")" -le 24 lines
	assert_num "$(wc -L <<<"$OUT")" -le 80 columns
	while read -r name; do
		[[ $OUT == *" $name"* ]] || fail "--help does not name $name"
	done < <("$BUILD/vbofs" --list-options | cut -f 1)
	vbofs --list-options
	assert_eq "$(grep -vcP '^[a-z_-]+(=[^\t]+)?\t[^\t]+$' <<<"$OUT" || :)" 0 'lines of --list-options in another form'
}

# Completion in a real shell: options, values, behind a comma, and what is typed for a value.
test_completion() {
	local library=/usr/share/bash-completion/bash_completion word
	[ -e $library ] || skip 'no bash-completion here'
	while read -r word; do
		grep -qF -- " $word " "$SRC/src/package/completion.bash" || fail "completion does not know $word"
	done < <("$BUILD/vbofs" --help | grep -oE -- '--[a-z-]+' | grep -v -- --help | sort -u)
	mkdir "$WORK/bin" "$WORK/some directory" "$WORK/somewhere"
	ln -s "$BUILD/vbofs" "$WORK/bin/vbofs"
	echo x >"$WORK/vbo.cred"
	printf '%s\n' "PATH=$WORK/bin:\$PATH PS1='> '" ". $library" ". $SRC/src/package/completion.bash" "cd $WORK" \
		'bind "set enable-bracketed-paste off"' 'bind "set bell-style none"' >"$WORK/rc"
	"$PY" -IS - "$WORK/rc" <<-'END' || fail 'completion'
		import os, pty, select, sys
		pid, fd = pty.fork()
		if pid == 0:
		    os.environ.update(TERM='dumb', INPUTRC='/dev/null')
		    os.execvp('bash', ['bash', '--noprofile', '--rcfile', sys.argv[1], '-i'])
		def until(what, seen=''):
		    while what not in seen:
		        if not select.select([fd], [], [], 20)[0]:
		            sys.exit('expected %r, got %r' % (what, seen))
		        seen += os.read(fd, 4096).decode()
		    return seen
		until('> ')
		for typed, wanted in (
		        ('vbofs --ch\t', 'vbofs --check'),
		        ('vbofs -o cred\t', 'vbofs -o credentials='),
		        ('vbofs -o credentials=vbo\t', 'vbofs -o credentials=vbo.cred'),
		        ('vbofs -o ro,conte\t', 'vbofs -o ro,content='),
		        ('vbofs -o api=v1,content=of\t', 'vbofs -o api=v1,content=off'),
		        ('vbofs -o api=v1,content=off,strict\t', 'vbofs -o api=v1,content=off,strict-time'),
		        ('vbofs -o ro,setuid=roo\t', 'vbofs -o ro,setuid=root'),
		        ('vbofs --wait vbo.c\t', 'vbofs --wait vbo.cred'),
		        ('vbofs --wait state Sto\t', 'vbofs --wait state Stopped'),
		        ('vbofs https://vbo.example somew\t', 'vbofs https://vbo.example somewhere')):
		    os.write(fd, typed.encode())
		    until(wanted)
		    os.write(fd, b'\x15\n')
		    until('> ')
		os.write(fd, b'exit\n')
		os.waitpid(pid, 0)
	END
}

# make install: everything where it belongs, with the modes it needs, and what is in there speaks of that place.
test_install() {
	local d=$WORK/dest file
	mkdir "$d"
	make -s -C "$SRC" install-files "BUILD=$BUILD" "DESTDIR=$d" >/dev/null
	for file in usr/local/bin/vbofs usr/local/bin/vbosim usr/local/share/man/man1/vbofs.1 usr/local/share/man/man1/vbosim.1 \
		usr/local/share/man/man8/mount.vbofs.8 usr/local/lib/systemd/system/vbofs@.service \
		usr/local/share/bash-completion/completions/vbofs usr/local/share/doc/vbofs/README.md \
		usr/local/share/doc/vbofs/examples/one-file-back usr/local/share/doc/vbofs/examples/fstab; do
		[ -s "$d/$file" ] || fail "$file is not installed"
	done
	assert_eq "$(readlink "$d/sbin/mount.vbofs")" /usr/local/bin/vbofs 'the mount helper'
	assert_eq "$(readlink "$d/sbin/mount.fuse.vbofs")" /usr/local/bin/vbofs 'the mount helper'
	assert_match "$(cat "$d/usr/local/lib/systemd/system/vbofs@.service")" 'ExecStart=/usr/local/bin/vbofs ' 'the unit'
	assert_match "$(cat "$d/usr/local/share/man/man1/vbofs.1")" '/usr/local/share/doc/vbofs/examples' 'the page'
	while read -r file; do
		[ -e "$d/usr/local/share/doc/vbofs/$file" ] || fail "the README that is installed links to $file"
	done < <(grep -oE '\]\([^)#:]+\)' "$d/usr/local/share/doc/vbofs/README.md" | tr -d ']()')
	assert_eq "$(find "$d" ! -type l -perm /022 | wc -l)" 0 'files that others may write'
	assert_eq "$(find "$d" -type f -perm /111 ! -path '*/examples/*' -printf '%f\n' | sort)" $'vbofs\nvbosim' programs
	rm -r "$d"
	make -s -C "$SRC" install-files "BUILD=$BUILD" "DESTDIR=$d" PREFIX=/opt/vbofs >/dev/null
	[ -L "$d/opt/vbofs/sbin/mount.vbofs" ] || fail 'the helper is not below PREFIX'
	assert_match "$(cat "$d/opt/vbofs/share/man/man1/vbofs.1")" '[^a-z]/opt/vbofs/share/doc/vbofs/examples' 'the page'
	assert_eq "$(find "$d" -mindepth 1 -maxdepth 1 -printf '%f ')" 'opt ' 'what is outside PREFIX'
}

# make dist: the sources, all and only what is in the history.
test_dist() {
	local archive
	git -C "$SRC" rev-parse HEAD >/dev/null 2>&1 || skip 'no git history here'
	archive=$(make -s -C "$SRC" dist "BUILD=$WORK/out")
	tar -xzf "$archive" -C "$WORK"
	(cd "$WORK"/vbofs-*/ && find . ! -type d | sed 's,^\./,,' | sort) >"$WORK/have"
	git -C "$SRC" ls-tree -r --name-only HEAD | sort | diff - "$WORK/have" || fail 'the archive is not the history'
	assert_match "$(cat "$WORK"/vbofs-*/Makefile)" "VERSION := $("$BUILD/vbofs" --version | cut -d' ' -f 2)" 'its version'
}

# README: under two screens, and what it links to is there.
test_readme() {
	local link
	assert_num "$(fold -s -w 100 "$SRC/README.md" | wc -l)" -lt 96 'lines of README.md (two screens of 48 lines)'
	while read -r link; do
		[ -e "$SRC/$link" ] || fail "README.md links to $link, which is not there"
	done < <(grep -oE '\]\([^)#:]+\)' "$SRC/README.md" | tr -d ']()')
}

# The transcript in README.md is what the demo prints, and the demo leaves nothing behind.
test_transcript() {
	need_fuse
	"$SRC/mount-examples/demo" "$BUILD" >"$WORK/printed"
	sed -n '/^```$/,/^```$/p' "$SRC/README.md" | grep -v '^```$' >"$WORK/written"
	diff "$WORK/written" "$WORK/printed" || fail 'README.md shows something else'
	assert_eq "$(find "$TMPDIR" -maxdepth 1 -name 'vbofs-demo.*')" '' 'left behind'
}
