#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth top on a terminal: one write for each frame and never a line too many; it follows the size, it
# scrolls and sorts, and gives the terminal back whatever ends it.
# variants: plain
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"

{
	head_of_conf
	for i in $(seq 10 49); do probe_pool "pool$i" "pm = ondemand" "pm.max_children = 2"; done
} >"$T/conf"
hearth_start "$T/conf"
cat >"$T/watch.py" <<'END2'
import codecs, fcntl, os, pty, re, select, signal, struct, subprocess, sys, termios, time

hearth, control, manager = sys.argv[1], sys.argv[2], int(sys.argv[3])
ENTER, LEAVE = "\033[?1049h\033[?25l\033[?7l", "\033[?7h\033[?25h\033[?1049l"

class Terminal:
    def __init__(self, rows, cols, term="xterm"):
        self.master, self.slave = pty.openpty()
        self.size(rows, cols)
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.top = subprocess.Popen([hearth, "top", "-s", control], stdin=self.slave, stdout=self.slave,
            stderr=self.slave, preexec_fn=self.lead, env=dict(os.environ, TERM=term))

    def lead(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def size(self, rows, cols):
        self.rows, self.cols = rows, cols
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.text += self.decoder.decode(os.read(self.master, 65536))

    def type(self, keys):
        os.write(self.master, keys.encode())

    # The last frame that is complete, without colours.
    def frame(self):
        whole = self.text[:self.text.rfind("\033[J") + 3]
        lines = whole[whole.rfind("\033[H") + 3:-3].replace("\033[K", "")
        return re.sub(r"\033\[[0-9;]*m", "", lines).replace("\r", "").split("\n")

    def until(self, what, told, seconds=20):
        end = time.time() + seconds
        while not what():
            assert time.time() < end, "%s: %r" % (told, self.text[-3000:])
            self.read()

    def has(self, words):
        return any(words in line for line in self.frame())

    def wait(self, words):
        self.until(lambda: self.has(words), "waited for %r" % words)

    def ended(self):
        self.until(lambda: self.top.poll() is not None, "it goes on")
        return self.top.returncode

    def is_given_back(self, left=True):
        assert termios.tcgetattr(self.slave) == self.before, "the terminal is not as it was"
        if left: # it may be on its way
            self.until(lambda: self.text.endswith(LEAVE), "the page stays")

    def check_frames(self):
        frame = self.frame()
        assert len(frame) <= self.rows, "%d lines in %d rows" % (len(frame), self.rows)
        assert max(map(len, frame)) <= self.cols, "a line is too long: %r" % frame
        assert "\033[2J" not in self.text, "it flickers"

# What knows no cursor gets one page, as a pipe would.
for term in ("dumb", ""):
    t = Terminal(24, 80, term)
    assert t.ended() == 0, t.top.returncode
    t.until(lambda: "pool10 " in t.text, "there is no page")
    assert "\033" not in t.text, t.text

t = Terminal(24, 80)
t.wait("q quit")
assert t.text.startswith(ENTER), t.text[:100]
assert termios.tcgetattr(t.slave) != t.before, "keys are echoed"
t.wait("pool10 ")
assert t.has("pid %d " % manager), t.frame()
assert not t.has("pool40 ")
t.check_frames()
frames = t.text.count("\033[H")
t.until(lambda: t.text.count("\033[H") >= frames + 2, "it does not go on by itself")

# A larger window has more of them, a smaller one fewer.
t.size(60, 200)
t.wait("pool49 ")
t.check_frames()
t.size(12, 50)
t.until(lambda: not t.has("pool20 "), "the window is smaller")
t.check_frames()
t.size(24, 80)
t.wait("pool20 ")

t.type("\033[B")
t.until(lambda: not t.has("pool10 "), "down")
t.wait("pool11 ")
t.type("\033[A")
t.wait("pool10 ")
t.type("\033[6~")
t.until(lambda: not t.has("pool11 "), "page down")
t.type("\033[F")
t.wait("pool49 ")
t.type("\033[5~\033[5~\033[5~\033[5~")
t.wait("pool10 ")
for name in ("by busy", "by waiting", "by req/s", "by name", "in the order of the file"):
    t.type("s")
    t.wait("s sort (%s)" % name)

# Put aside and brought back.
os.kill(t.top.pid, signal.SIGTSTP)
t.until(lambda: os.waitid(os.P_PID, t.top.pid, os.WSTOPPED | os.WNOHANG) is not None, "it does not stop")
t.is_given_back()
t.text = ""
os.kill(t.top.pid, signal.SIGCONT)
t.wait("q quit")
assert t.text.startswith(ENTER), t.text[:100]

# A daemon that hangs does not hang the keys.
os.kill(manager, signal.SIGSTOP)
t.type("s")
t.wait("by busy")
t.type("q")
assert t.ended() == 0, t.top.returncode
t.is_given_back()
os.kill(manager, signal.SIGCONT)

for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    t = Terminal(24, 80)
    t.wait("q quit")
    if signo == signal.SIGINT:
        t.type("\003")
    else:
        os.kill(t.top.pid, signo)
    assert t.ended() == -signo, t.top.returncode
    t.is_given_back()
END2
TERM=xterm-256color LC_ALL=C.UTF-8 python3 "$T/watch.py" "$T/bin/hearth" "$T/run/control.sock" "$MANAGER" ||
	fail "on the terminal"
hearth_stop
