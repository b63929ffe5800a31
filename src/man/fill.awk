# Puts the tree of `vbofs --list-tree` (first file) and the examples' place into a man page (second file).
# Indents are halved, what a file is for is wrapped at column WIDTH: a page is narrower than a screen.
BEGIN { COLUMN = 30; WIDTH = 76 }
function literal(s) {
	gsub(/\\/, "\\e", s)
	return s ~ /^[.']/ ? "\\&" s : s
}
function row(s,   indent, name, help, n, words, i, line) {
	match(s, /^ */)
	indent = substr(s, 1, RLENGTH / 2)
	s = substr(s, RLENGTH + 1)
	if (!match(s, /  +/))
		return literal(indent s) "\n"
	name = indent substr(s, 1, RSTART - 1)
	help = substr(s, RSTART + RLENGTH)
	line = sprintf("%-" (COLUMN - 1) "s", name)
	s = ""
	n = split(help, words, " ")
	for (i = 1; i <= n; i++) {
		if (length(line) + 1 + length(words[i]) > WIDTH) {
			s = s literal(line) "\n"
			line = sprintf("%" (COLUMN - 1) "s", "")
		}
		line = line " " words[i]
	}
	return s literal(line) "\n"
}
NR == FNR && /^$/ { grammar = 1 }
NR == FNR && !grammar { tree = tree row($0); next }
NR == FNR { words = words literal($0) "\n"; next }
/^\.\\" tree$/ {
	printf ".Bd -literal\n%s.Ed\n.Pp\n", tree
	sub(/^\n[^\n]*\n\n/, "", words)
	printf ".Pa explore\ntakes one line: a time, then optional words.\n.Bd -literal\n%s.Ed\n", words
	next
}
{ gsub(/@EXAMPLES@/, examples); print }
