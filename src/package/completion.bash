# bash completion for vbofs; the options are asked of the program, so that they are never old ones.
# shellcheck shell=bash

# WORD: an -o list; completes its last option or that option's value.
_vbofs_options() {
	local head='' last=$1 name value
	if [[ $last == *,* ]]; then
		head=${last%,*},
		last=${last##*,}
	fi
	compopt -o nospace
	if [[ $last != *=* ]]; then
		mapfile -t COMPREPLY < <(compgen -P "$head" -W \
			"$(vbofs --list-options 2>/dev/null | sed 's/\t.*//; s/=.*/=/')" -- "$last")
		return
	fi
	name=${last%%=*} value=${last#*=}
	head+=$name=
	case $name in
	credentials | cafile) mapfile -t COMPREPLY < <(compgen -P "$head" -f -- "$value") ;;
	spool) mapfile -t COMPREPLY < <(compgen -P "$head" -d -- "$value") ;;
	setuid) mapfile -t COMPREPLY < <(compgen -P "$head" -u -- "$value") ;;
	api) mapfile -t COMPREPLY < <(compgen -P "$head" -W 'auto v1 v2 v3 v4 v5 v6 v7 v8' -- "$value") ;;
	content) mapfile -t COMPREPLY < <(compgen -P "$head" -W 'on off' -- "$value") ;;
	esac
}

_vbofs() {
	local cur prev words cword
	_init_completion -n =: || return
	if [[ $prev == -o ]]; then
		_vbofs_options "$cur"
		# bash takes what stands behind the last "=" for the word
		[[ $COMP_WORDBREAKS != *=* ]] || COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*=}"}"}")
	elif [[ ${words[1]} == --wait && $cword == 2 ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ ${words[1]} == --wait && $cword == 3 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'Working Stopped Success Warning Failed' -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '-f -d -o --check --wait --timeout --list-tree --list-options --version --help' -- "$cur")
	elif [[ $cur != http* ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
	fi
}

complete -F _vbofs vbofs
