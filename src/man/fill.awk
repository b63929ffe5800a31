# Fills in a man page what the program says of itself, so that it is told in one place:
#   awk -f fill.awk part=tree FILE part=options FILE part=switches FILE part=page PAGE
# with the output of `vbofs --list-tree`, `vbofs --list-options` and `vbosim --help`.  In the page these
# lines are replaced:
#   .\" tree            the tree and the words of explore
#   .\" option NAME     the option, its value, what it does; the page goes on where that is not all
#   .\" switch NAME     the switch and its argument; the page says what it does
#   .\" other options   those that the page does not name
#   .\" other switches  the same
BEGIN { COLUMN = 30; WIDTH = 76 }
function literal(s) {
	gsub(/\\/, "\\e", s)
	return s ~ /^[.']/ ? "\\&" s : s
}

# ---- the tree: indents are halved, what a file is for is wrapped, as a page is narrower than a screen
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
part == "tree" && /^$/ { grammar = 1 }
part == "tree" && !grammar { tree = tree row($0); next }
part == "tree" { words = words literal($0) "\n"; next }
/^\.\\" tree$/ {
	printf ".Bd -literal\n%s.Ed\n.Pp\n", tree
	sub(/^\n[^\n]*\n\n/, "", words)
	printf ".Pa explore\ntakes one line: a time, then optional words.\n.Bd -literal\n%s.Ed\n", words
	next
}

# ---- options: NAME or NAME=VALUE, a tab, what it does; switches: --NAME [VALUE], blanks, what it does
function sentence(text) {
	return literal(toupper(substr(text, 1, 1)) substr(text, 2) ".") "\n"
}
function heading(name,   value, macro) {
	value = values[name]
	macro = value ~ /\|/ ? "Cm " : "Ar "
	gsub(/\|/, " | ", value)
	told[name] = 1
	if (name ~ /^--/)
		return ".It Fl " substr(name, 2) (value == "" ? "" : " " macro value) "\n"
	return ".It Cm " name (value == "" ? "" : " Ns = Ns " macro value) "\n"
}
function learn(name, value, help) {
	values[name] = value
	helps[name] = help
	order[++known] = name
}
function others(kind,   i, s) {
	for (i = 1; i <= known; i++)
		if (!(order[i] in told) && order[i] ~ kind)
			s = s heading(order[i]) sentence(helps[order[i]])
	if (s)
		printf ".Pp\nAnd:\n.Bl -tag -width Ds\n%s.El\n", s
}
part == "options" {
	split($0, halves, "\t")
	name = halves[1]
	sub(/=.*/, "", name)
	learn(name, substr(halves[1], length(name) + 2), halves[2])
	next
}
part == "switches" && /^  --[a-z-]+ / {
	help = $0
	sub(/^  --[^ ]+( [^ ]+)?  +/, "", help)
	learn($1, substr($0, length($1) + 4, 1) == " " ? "" : $2, help)
}
part == "switches" { next }
/^\.\\" (option|switch) / {
	name = ($2 == "switch" ? "--" : "") $3
	if (!(name in helps)) {
		print FILENAME ":" FNR ": the program has no " name >"/dev/stderr"
		exit 1
	}
	printf "%s%s", heading(name), $2 == "option" ? sentence(helps[name]) : ""
	next
}
/^\.\\" other options$/ { others("^[^-]"); next }
/^\.\\" other switches$/ { others("^--"); next }
{ print }
