# SPDX-License-Identifier: MIT
#
# Shared by the tests of ph run: a command that can be talked to, and ph run in the background.

# ./listener, a command that says on $heard what it hears, and leaves when it is told so on $told: see
# listener.c.
make_listener() {
	mkfifo told heard
	exec 7<>told 8<>heard
	ln -sf "${LISTENER:?the path of listener}" listener
}

hears() {
	read -r -t 60 line <&8
	[ "$line" = "$1" ]
}

tell() {
	echo "$1" >&7
}

# background WORD...: ph run in the background, with no signal ignored, as a shell starts it in front.
background() {
	env --default-signal=HUP,INT,QUIT "$PH" run "$@" >out 2>messages 3>&- &
	runner=$!
	targets+=("$runner")
}

# listen OPTION... -- SIGNAL...: a listener below ph; its number is in $command.
listen() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	make_listener
	background --metrics=metrics "${options[@]}" -- ./listener "$@"
	is_ready
}

is_ready() {
	# shellcheck disable=SC2034
	read -r -t 60 word command <&8
	[ "$word" = ready ]
}

# ended STATUS: the ph run in the background has this exit status.
ended() {
	local status=0
	wait "$runner" || status=$?
	[ "$status" -eq "$1" ]
}

# sent COUNT: so many signals ph has sent in all.
sent() {
	grep -qx "prochandle_signals_sent[a-z_]* $1" metrics
}

# of STATE: what the process $1 looks like in /proc/PID/stat
state_of() {
	sed 's/.*) //; s/ .*//' "/proc/$1/stat"
}

becomes() {
	until [ "$(state_of "$1")" = "$2" ]; do
		is_alive "$1"
	done
}

need_proc() {
	[ -r /proc/self/stat ] || skip "no /proc"
}

# fields NAME...: of the report, on one line
fields() {
	python3 -c '
import json, sys
values = []
for path in sys.argv[1:]:
    value = json.load(open("report"))
    for name in path.split("."):
        value = value[int(name) if name.isdigit() else name]
    values.append(json.dumps(value))
print(*values)' "$@"
}

# on_terminal WORD...: ph run on a terminal whose keyboard is descriptor 6, with its screen in screen
on_terminal() {
	need_program script
	mkfifo keys
	exec 6<>keys
	env --default-signal=HUP,INT,QUIT script -qefc "exec '$PH' run $*" /dev/null <&6 >screen 2>&1 3>&- &
	runner=$!
	targets+=("$runner")
}

# ---- what a command leaves behind ----

# make_family: ./family WORD..., a command that leaves five descendants behind, each detached in another
# way, and then executes WORD.... All of them keep descriptor 9 open, of which descriptor 6 here is the
# other end; each says on $heard when it stands.
make_family() {
	make_listener
	mkfifo alive
	cat >family <<-'EOF'
		#!/bin/bash
		stand='echo "$1" >&8; exec 8>&- sleep 1000'
		bash -c "$stand" _ plain &
		(bash -c "$stand" _ forked &)
		setsid bash -c "$stand" _ session &
		nohup bash -c "$stand" _ nohup >/dev/null 2>&1 &
		(trap "" TERM HUP INT; bash -c "$stand" _ stubborn &)
		exec "$@"
	EOF
	chmod +x family
}

# hold WORD...: runs WORD... with the end of $alive that tells of those who are left, which is watched here
hold() {
	exec 6<>alive
	"$@" 9>alive
	exec 5<alive
	exec 6<&5 5<&-
}

# The five of the family stand, and so does the listener that its command is.
family_stands() {
	local stands=0
	while [ "$stands" -lt 6 ]; do
		read -r -t 60 line <&8
		stands=$((stands + 1))
	done
}

# Nobody of those who had descriptor 9 is left, now.
nobody_is_left() {
	read -r -t 0 <&6
}

# Nobody is left, soon: for ends that nobody has waited for.
nobody_will_be_left() {
	local status=0
	read -r -t 60 <&6 || status=$?
	# 1 is the end of the file, and above 128 it would be the time
	[ "$status" -eq 1 ]
}

# need_isolation HOW
need_isolation() {
	"$PH" run --isolate="$1" true 2>/dev/null || skip "no $1 to be had here"
}

# Makes ./shell.py, a shell that knows one job: it has Ctrl-Z pressed, says how the job and the listener
# in it stopped, continues both, tells the listener to exit with 5, and exits as the job does.
make_shell() {
	need_program python3
	need_proc
	[ -r "/proc/$$/task/$$/children" ] || skip "this kernel lists no children"
	make_listener
	cat >shell.py <<-'EOF'
		import os, pty, signal, sys
		def hear(fd):
		    text = b""
		    while not text.endswith(b"\n"):
		        text += os.read(fd, 1)
		    return text.decode().strip()
		pid, terminal = pty.fork()
		if pid:
		    hear(8)
		    os.write(terminal, b"\x1a")
		    print(hear(8))
		    os.write(7, b"go\n")
		    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
		signal.signal(signal.SIGTTOU, signal.SIG_IGN)
		job = os.fork()
		if job == 0:
		    os.setpgid(0, 0)
		    os.tcsetpgrp(0, os.getpid())
		    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
		    os.execv(sys.argv[1], sys.argv[1:])
		_, status = os.waitpid(job, os.WUNTRACED)
		# the command has been sent its own; its stop is not seen from here but by looking
		children = []
		for task in os.listdir(f"/proc/{job}/task"):
		    children += open(f"/proc/{job}/task/{task}/children").read().split()
		[child] = [c for c in children if open(f"/proc/{c}/comm").read() == "listener\n"]
		state = None
		while state != "T":
		    state = open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0]
		os.write(8, f"stopped {os.WIFSTOPPED(status) and os.WSTOPSIG(status)} {state}\n".encode())
		hear(7)
		os.tcsetpgrp(0, job)
		os.killpg(job, signal.SIGCONT)
		os.write(7, b"5\n")
		_, status = os.waitpid(job, os.WUNTRACED)
		os._exit(os.waitstatus_to_exitcode(status))
	EOF
}

# inside [--block-signal=SIGNAL] WORD...: ph run as pid 1 of a namespace
inside() {
	local signals=(--default-signal)
	if [[ $1 == --block-signal=* ]]; then
		signals+=("$1")
		shift
	fi
	unshare -pf --mount-proc true 2>/dev/null || skip "no pid namespaces here"
	[ -r "/proc/$$/task/$$/children" ] || skip "this kernel lists no children"
	make_listener
	unshare -pf --mount-proc --kill-child env "${signals[@]}" "$PH" run "$@" >out 2>messages 3>&- &
	runner=$!
	targets+=("$runner")
	is_ready
}

# Sets $first to the number that it has outside, where nothing has ended it.
find_first() {
	# shellcheck disable=SC2034
	first=$(tr -d ' ' <"/proc/$runner/task/$runner/children")
}
