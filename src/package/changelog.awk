# CHANGELOG.md as a Debian changelog; -v version= maintainer= date=
function flush(   n, words, i, line) {
	n = split(item, words, " ")
	item = ""
	line = "  *"
	for (i = 1; i <= n; i++) {
		if (length(line) + 1 + length(words[i]) > 78) {
			print line
			line = "   "
		}
		line = line " " words[i]
	}
	if (n)
		print line
}
function end() {
	flush()
	if (open)
		printf "\n -- %s  %s\n", maintainer, date
}
/^## / {
	end()
	printf "%svbofs (%s) unstable; urgency=medium\n\n", open ? "\n" : "", $2
	open = 1
}
/^- / { flush(); item = substr($0, 3) }
/^  / { item = item " " $0 }
END { end() }
