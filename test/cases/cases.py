#!/usr/bin/env python3
"""Live re-enactments of public bug reports about lock files, pid files and single-instance guards (expectations: expect.json).
usage: cases.py NAME DIR   (cases.py --list)
Prints one JSON line when ready: pids that matter, what is recorded, extra facts. Then stays until its stdin (when that
is a pipe) closes, or SIGTERM, or SIGKILL. Nothing survives it: every program is a daemon of its own (orphaned, as in
life) that waits for the end of one pipe whose write end only the actor has; what cannot wait has a guard that does.
What this machine has no means for ends with code 77 and one line that says what is missing.
Linux, Python 3, root; no network."""
import ctypes, fcntl, json, os, select, shutil, signal, stat, subprocess, sys, time, uuid

CASES = {}
def case(name):
    def add(fn): CASES[name] = fn; return fn
    return add

if len(sys.argv) == 2 and sys.argv[1] == "--list": LIST = True
elif len(sys.argv) == 3: LIST = False
else: sys.exit(__doc__)
NAME, D = (None, "/nonexistent") if LIST else (sys.argv[1], os.path.abspath(sys.argv[2]))
libc = ctypes.CDLL(None, use_errno=True)
PY = os.path.realpath(sys.executable)
HOST = os.uname().nodename
P = lambda *n: os.path.join(D, *n)
now = time.time

def put(path, text, mode="w"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode) as f: f.write(text)
    return path
def iso(t=None): return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t or now())) + ".000Z"
def dead_pid():
    p = subprocess.Popen(["true"]); p.wait(); return p.pid
def pids(): return [int(n) for n in os.listdir("/proc") if n.isdigit()]
def free_pid(start):                         # a number that no process of this machine has, nor a thread
    n = start
    while os.path.exists(f"/proc/{n}"): n += 1
    return n
def stat_of(pid): return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
def kernel_thread(lo, hi, prefer=()):        # a container's small pid is a kernel thread's number on the host
    ok = [p for p in pids() if lo <= p <= hi and int(stat_of(p)[6]) & 0x200000]
    if not ok: cannot("no kernel thread can be seen from here: this is a container")
    return next((p for p in prefer if p in ok), sorted(ok)[0])
def comm(pid): return open(f"/proc/{pid}/comm").read().strip()

def cannot(why):                             # the tests skip the case by name
    print(why, flush=True); os._exit(77)
def until(right, what):
    for _ in range(4000):
        if right(): return
        time.sleep(.005)
    sys.exit(f"{NAME}: {what}")

# ---- programs -----------------------------------------------------------------------------------------------------
KEEP_R, KEEP_W = os.pipe()                   # its write end is the actor's alone: EOF = the actor is gone
cleanups = []
PRELUDE = '''import ctypes,fcntl,json,os,signal,socket,struct,sys,time
KEEP,REPORT=int(os.environ.pop("KEEP")),int(os.environ.pop("REPORT"))
def ready(**k):
    os.write(REPORT,(json.dumps(dict(ns=os.getpid(),pid=int(os.readlink("/proc/self")),**k))+"\\n").encode()); os.close(REPORT)
def stay(every=None,do=None):
    import select
    while True:
        r,_,_=select.select([KEEP],[],[],every)
        if r and not os.read(KEEP,1): os._exit(0)
        if do: do()
def title(*argv,comm=None):                  # what setproctitle(3) does: the arguments are overwritten where they are
    f=open("/proc/self/stat").read().rsplit(")",1)[1].split(); a,b=int(f[45]),int(f[46])
    t=b"\\0".join(w.encode() for w in argv); assert len(t)<b-a,(len(t),b-a)
    with open("/proc/self/mem","r+b",0) as m: m.seek(a); m.write(t+b"\\0"*(b-a-len(t)))
    ctypes.CDLL(None).prctl(15,(comm or argv[0].split("/")[-1]).encode()[:15],0,0,0)
def flock(path,mode="a+",how=fcntl.LOCK_EX|fcntl.LOCK_NB):
    os.makedirs(os.path.dirname(path) or ".",exist_ok=True); f=open(path,mode); fcntl.flock(f,how); return f
def posix(path,mode="a+"):
    os.makedirs(os.path.dirname(path) or ".",exist_ok=True); f=open(path,mode); fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB); return f
'''
def program(path, body):
    return put(path, PRELUDE + body)
def environment(report): return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": D, "LANG": "C.UTF-8", "KEEP": str(KEEP_R), "REPORT": str(report)}
def become(argv, cwd, report):
    os.set_inheritable(KEEP_R, True); os.set_inheritable(report, True)
    os.chdir(cwd); n = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2): os.dup2(n, fd)
    os.execve(PY, argv, environment(report))
def heard(r):
    text = b""
    while not text.endswith(b"\n"):
        got = os.read(r, 65536)
        if not got: sys.exit(f"{NAME}: a program ended before it was ready")
        text += got
    os.close(r); return json.loads(text)
def daemon(script, *args, cwd=None, pad=False):
    """Starts a script as a daemon does: new session, orphaned, nothing of ours above it. Returns its report."""
    r, w = os.pipe(); argv = ["python3", script, *args] + (["x" * 400] if pad else [])
    p = os.fork()
    if p == 0:
        os.close(KEEP_W); os.close(r); os.setsid()
        if os.fork() == 0: become(argv, cwd or os.path.dirname(script), w)
        os._exit(0)
    os.close(w); os.waitpid(p, 0); return heard(r)
def guard(fn):
    """What cannot wait for the end of the pipe itself (stopped, blocked, frozen) is ended from outside, whatever becomes of the actor."""
    cleanups.append(fn)
    p = os.fork()
    if p == 0:
        os.close(KEEP_W); os.setsid()
        if os.fork() != 0: os._exit(0)
        n = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2): os.dup2(n, fd)
        while os.read(KEEP_R, 1): pass
        try: fn()
        finally: os._exit(0)
    os.waitpid(p, 0)
def kill9(*victims):                         # (pid, start tick): never somebody else
    for pid, tick in victims:
        try:
            if stat_of(pid)[19] == tick: os.kill(pid, 9)
        except OSError: pass
def in_container(script, *args, ns=1, cwd=None, pad=False):
    """The script as pid `ns` of a new PID namespace (the files are shared, as with a bind mount). Returns its report."""
    p = os.fork()
    if p == 0: os._exit(libc.unshare(0x20000000) != 0)
    if os.waitpid(p, 0)[1] != 0: cannot("no PID namespace can be made")
    if ns != 1 and not os.access("/proc/sys/kernel/ns_last_pid", os.W_OK): cannot("no process can be given a number (ns_last_pid)")
    r, w = os.pipe(); argv = ["python3", script, *args] + (["x" * 400] if pad else [])
    p = os.fork()
    if p == 0:
        os.close(KEEP_W); os.close(r); os.setsid()
        if os.fork() != 0: os._exit(0)
        if libc.unshare(0x20000000) != 0: os._exit(1)           # CLONE_NEWPID
        if os.fork() != 0: os._exit(0)
        if ns == 1: become(argv, cwd or os.path.dirname(script), w)
        open("/proc/sys/kernel/ns_last_pid", "w").write(str(ns - 1))
        if os.fork() == 0: become(argv, cwd or os.path.dirname(script), w)
        os.close(w)                                             # pid 1 of the container: takes all down with it
        while os.read(KEEP_R, 1): pass
        os._exit(0)
    os.close(w); os.waitpid(p, 0); got = heard(r)
    if got["ns"] != ns: sys.exit(f"{NAME}: pid {got['ns']} in the namespace, wanted {ns}")
    return got
def stranger(name="thesis_editor.py", cwd=None):
    return daemon(program(P("elsewhere", name), "ready(); stay()\n"), cwd=cwd or P("elsewhere"))["pid"]

def out(**k): print(json.dumps(dict(case=NAME, dir=D, main=os.getpid(), **k)), flush=True)
def bye(*_):
    for c in cleanups:
        try: c()
        except Exception: pass
    os._exit(0)
def main_stays():
    watch = [0] if stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode) else []
    while True:
        got, _, _ = select.select(watch, [], [], 3600)
        if got and not os.read(0, 65536): bye()

# ---- A: containers and PID namespaces ----------------------------------------------------------------------------
@case("rails-docker-pid10")                  # Freika/dawarich#689: server.pid on a bind mount says 10; the container is gone
def _():
    k = kernel_thread(4, 60, (10, 8, 7)); put(P("ws/tmp/pids/server.pid"), str(k)); put(P("ws/config/application.rb"), "# rails\n")
    out(recorded=k, notHolder=k, isNow=comm(k))
@case("gbrain-ns-live")                      # garrytan/gbrain#2840: a live container's pid means nothing here
def _():
    n = free_pid(9); s = program(P("gbrain_serve.py"), f"open({P('home.md.lock')!r},'w').write(f'{{os.getpid()}}\\n{iso()}\\n'); ready(); stay()\n")
    g = in_container(s, ns=n); out(holder=g["pid"], recorded=n, containerPid=g["ns"])
@case("crond-ns-flock")                      # shinsenter/php#132: crond.pid is flock'ed and names the container's own number
def _():
    s = stranger(); body = f"f=flock({P('run/crond.pid')!r}); f.truncate(0); f.write(f'{{os.getpid()}}\\n'); f.flush(); ready(); stay()\n"
    g = in_container(program(P("crond.py"), body), "-f", ns=s); out(holder=g["pid"], recorded=s, stranger=s, containerPid=g["ns"])
@case("hadoop-in-use")                       # helm/charts#24525: in_use.lock says 55@<pod>, held by a Java FileLock
def _():
    body = f"f=posix({P('dn/in_use.lock')!r}); f.truncate(0); f.write(f'{{os.getpid()}}@dn-0.hadoop-hdfs-dn.dataservice.svc.cluster.local'); f.flush(); ready(); stay()\n"
    g = in_container(program(P("DataNode.py"), body), ns=55); out(holder=g["pid"], recorded=55)

# ---- B: what the record looks like -------------------------------------------------------------------------------
@case("qlockfile-dead")                      # keepassxreboot/keepassxc#893, qTox#5709; format: QLockFilePrivate::lockFileContents
def _():
    p = dead_pid(); boot = open("/proc/sys/kernel/random/boot_id").read().strip()
    put(P("keepassxc-root.lock"), f"{p}\nkeepassxc\n{HOST}\n{uuid.uuid4().hex}\n{boot}\n"); out(recorded=p)
@case("nx-process-id")                       # nrwl/nx#15550, #32661: {"processId": N}
def _():
    s = program(P("node_modules/nx/src/daemon/server/start.js"), f"open({P('.nx/workspace-data/d/server-process.json')!r},'w').write(json.dumps(dict(processId=os.getpid()))); ready(); stay()\n")
    os.makedirs(P(".nx/workspace-data/d")); g = daemon(s, cwd=D); out(holder=g["pid"], recorded=g["pid"])
@case("puma-state-dead")                     # puma/puma#1479, #392: the YAML state file outlives the server
def _():
    p = dead_pid(); put(P("tmp/pids/puma.state"), f'---\npid: {p}\ncontrol_url: unix:///tmp/puma-status-1363809668331-{p}\ncontrol_auth_token: S3CRET00deadbeef\nrunning_from: "{D}"\n'); out(recorded=p, secret="S3CRET00deadbeef")
@case("epoch-lock-live")                     # `date +%s > "$LOCK_FILE"` of an OpenClaw agent loop; nyldn/claude-octopus#879
def _():
    l = P(".conveyor.lock"); g = daemon(program(P("conveyor_agent.py"), f"open({l!r},'w').write(str(int(time.time()))+'\\n'); ready(); stay()\n")); out(holder=g["pid"], epoch=int(open(l).read()))
@case("claude-version-dir")                  # anthropics/claude-code#15883, #11249, #15012: locks/2.1.N.lock is a directory
def _():
    k = kernel_thread(20, 99, (33, 42)); d = P(f"home/.local/state/claude/locks/2.1.{k}.lock"); os.makedirs(d)
    g = daemon(program(P("claude.py"), f"ready(); stay(1,lambda: os.utime({d!r}))\n")); out(holder=g["pid"], lock=os.path.relpath(d, D), notHolder=k, isNow=comm(k))
@case("vim-swap-tid")                        # vim/vim#9997: "(STILL RUNNING)", but the number is a thread's
def _():
    import threading
    t = threading.Thread(target=lambda: time.sleep(1e6), daemon=True); t.start()
    b = bytearray(4096); b[0:9] = b"b0VIM 9.0"; b[12:16] = (4096).to_bytes(4, "little"); b[16:20] = int(now()).to_bytes(4, "little"); b[24:28] = t.native_id.to_bytes(4, "little")
    b[28:32] = b"root"; b[68:68 + len(HOST)] = HOST.encode(); name = b"~root/src/main.c"; b[108:108 + len(name)] = name; put(P(".main.c.swp"), bytes(b), "wb"); out(recorded=t.native_id, threadOf=os.getpid())
@case("nuxt-markers")                        # nuxt/cli#1337, #1265: one JSON marker a process in .nuxt/locks
def _():
    m = lambda pid, port, at: json.dumps(dict(pid=pid, command="dev", port=port, hostname="127.0.0.1", url=f"http://127.0.0.1:{port}", startedAt=int(at * 1000)), indent=2)
    p = dead_pid(); put(P(f".nuxt/locks/{p}.json"), m(p, 3000, now() - 60)); g = daemon(program(P("node_modules/nuxi/bin/nuxi.mjs"), "ready(); stay()\n"), "dev", cwd=D)
    put(P(f".nuxt/locks/{g['pid']}.json"), m(g["pid"], 3001, now())); out(holder=g["pid"], dead=p)

# ---- C: kernel locks ---------------------------------------------------------------------------------------------
LORAX = "var-tmp/lorax.k3x9"
@case("dir-flock")                           # systemd/systemd#11725, weldr/lorax#1012: BSD locks are taken on directories
def _():
    put(P(LORAX, "installroot/etc/os-release"), "ID=fedora\n"); g = daemon(program(P("lorax.py"), f"fd=os.open({P(LORAX)!r},os.O_RDONLY|os.O_DIRECTORY); fcntl.flock(fd,6); ready(); stay()\n")); out(holder=g["pid"])
@case("next-rm-next")                        # vercel/next.js#84428, aidevops#2482, nuxt/cli#1337: `rm -rf .next` under a live server
def _():
    l = P("ws/.next/dev/lock"); put(P("ws/package.json"), "{}\n")
    body = f"import shutil\nf=flock({l!r},'w'); f.write(json.dumps(dict(pid=os.getpid(),port=int(sys.argv[2]),hostname='localhost',appUrl='http://localhost:'+sys.argv[2],startedAt=int(time.time()*1000)))); f.flush(); ready(); stay()\n"
    s = program(P("ws/node_modules/next/dist/bin/next"), body); a = daemon(s, "dev", "3000", cwd=P("ws")); shutil.rmtree(P("ws/.next")); b = daemon(s, "dev", "3001", cwd=P("ws"))
    out(holders=[a["pid"], b["pid"]], deleted=a["pid"], current=b["pid"])
@case("tmpfiles-deleted")                    # systemd/systemd#30760: the 10-day cleaner removes a lock file that is held
def _():
    l = P("tmp/feedhandler.lock"); g = daemon(program(P("feedhandler.py"), f"f=flock({l!r}); ready(); stay()\n")); os.unlink(l); out(holder=g["pid"], deleted=g["pid"])
@case("ctrl-z")                              # netblue30/firejail#6729, ansible/ansible-lint#2654: a suspended job keeps its lock
def _():
    l = put(P("run/firejail-run.lock"), "")
    h = daemon(program(P("firejail.py"), f"f=open({l!r},'r+'); fcntl.flock(f,fcntl.LOCK_EX); ready(tick=open('/proc/self/stat').read().rsplit(')',1)[1].split()[19]); os.kill(os.getpid(),signal.SIGSTOP); stay()\n"), "id")
    w = daemon(program(P("firejail2.py"), f"f=open({l!r},'r+'); ready(tick=open('/proc/self/stat').read().rsplit(')',1)[1].split()[19]); fcntl.flock(f,fcntl.LOCK_EX); stay()\n"), "ls")
    guard(lambda: kill9((h["pid"], h["tick"]), (w["pid"], w["tick"]))); until(lambda: stat_of(h["pid"])[0] == "T" and any(" -> " in line and f" {w['pid']} " in line for line in open("/proc/locks")), "nobody waits for the stopped holder"); out(holder=h["pid"], waiter=w["pid"], state=stat_of(h["pid"])[0])
@case("paused")                              # checkpoint-restore/criu#20, moby/moby#6061: docker pause is the cgroup freezer
def _():
    l = P("data/app.lock"); group = f"cases-{os.getpid()}"
    if os.path.exists("/sys/fs/cgroup/freezer/cgroup.procs"): c, switch, on, off, state = f"/sys/fs/cgroup/freezer/{group}", "freezer.state", "FROZEN", "THAWED", "freezer.state"
    elif os.path.exists("/sys/fs/cgroup/cgroup.controllers"): c, switch, on, off, state = f"/sys/fs/cgroup/{group}", "cgroup.freeze", "1", "0", "cgroup.events"
    else: cannot("no control group can be frozen")
    try: os.mkdir(c)
    except OSError as e: cannot(f"no control group can be made: {e}")
    g = daemon(program(P("app_server.py"), f"f=flock({l!r}); ready(); stay()\n")); tick = stat_of(g["pid"])[19]
    def thaw():
        kill9((g["pid"], tick)); open(f"{c}/{switch}", "w").write(off)
        for _ in range(100):
            try: os.rmdir(c); return
            except OSError: time.sleep(.02)
    guard(thaw); open(c + "/cgroup.procs", "w").write(str(g["pid"])); open(f"{c}/{switch}", "w").write(on)
    until(lambda: any(w in open(f"{c}/{state}").read() for w in ("FROZEN\n", "frozen 1")), "the group does not freeze")
    out(holder=g["pid"], state=stat_of(g["pid"])[0])
@case("hardlink-split")                      # bonus, after beads_rust db_inode_lock.rs: a hard link keeps the deleted inode's nlink at 1
def _():
    l = P("gateway.lock"); a = daemon(program(P("gateway_a.py"), f"f=flock({l!r}); ready(); stay()\n")); os.makedirs(P("snapshot")); os.link(l, P("snapshot/gateway.lock")); os.unlink(l)
    b = daemon(program(P("gateway_b.py"), f"f=flock({l!r}); ready(); stay()\n")); out(holders=[a["pid"], b["pid"]], deleted=a["pid"], current=b["pid"])

# ---- D: who is an instance ---------------------------------------------------------------------------------------
@case("agent-prompt")                        # anthropics/claude-code#3068, dev-3.0#1734: the bot's name stands in an agent's prompt
def _():
    bot = daemon(program(P("telegram_bot.py"), f"open({P('.telegram-bot.pid')!r},'w').write(str(os.getpid())); ready(); stay()\n"))
    agent = daemon(program(P("agent/cli.py"), "title('claude','-p','restart telegram_bot.py, then tail its log and fix the crash'); ready(); stay()\n"), pad=True, cwd=D)
    aider = daemon(program(P("venv/bin/aider"), "ready(); stay()\n"), "telegram_bot.py", "--no-auto-commits", cwd=D)
    out(holder=bot["pid"], recorded=bot["pid"], instances=[bot["pid"]], agents=[agent["pid"], aider["pid"]])
@case("claude-mem-unrecorded")               # thedotmack/claude-mem#453: worker.pid names a dead pid, the real worker runs on
def _():
    p = dead_pid(); g = daemon(program(P("worker-service.cjs"), "ready(); stay()\n")); put(P(".claude-mem/worker.pid"), json.dumps(dict(pid=p, port=37777, startedAt=iso(now() - 30)), indent=2)); out(instances=[g["pid"]], recorded=p)
@case("nginx-empty-pid")                     # dimagi/commcare-cloud#2963, kubernetes/ingress-nginx#2049: invalid PID number "" in nginx.pid
def _():
    put(P("run/nginx.pid"), "\n"); s = program(P("sbin/nginx"), '''title("nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",comm="nginx")
ws=[]
for _ in range(2):
    p=os.fork()
    if p==0: os.close(REPORT); title("nginx: worker process",comm="nginx"); stay()
    ws.append(p)
ready(workers=ws); stay()
'''); g = daemon(s, pad=True, cwd="/"); until(lambda: all(open(f"/proc/{w}/cmdline").read().startswith("nginx: worker") for w in g["workers"]), "the workers have no title"); out(instances=[g["pid"]], workers=g["workers"])
@case("beads-daemons")                       # gastownhall/beads#1515, #1609: orphaned daemons of another binary beside the holder
def _():
    b = P(".beads"); os.makedirs(b); a = daemon(program(P("homebrew/bd.py"), "title('/opt/homebrew/bin/bd','daemon','--interval','5s'); ready(); stay()\n"), pad=True, cwd=D)
    body = f"title('/root/go/bin/bd','daemon','start'); f=flock({b!r}+'/daemon.lock'); f.truncate(0); json.dump(dict(pid=os.getpid(),database={b!r}+'/beads.db',version='0.49.3',started_at='{iso()}'),f); f.flush(); open({b!r}+'/daemon.pid','w').write(str(os.getpid())+'\\n'); ready(); stay()\n"
    o = daemon(program(P("go/bd.py"), body), pad=True, cwd=D); out(instances=[a["pid"], o["pid"]], holder=o["pid"], orphan=a["pid"], recorded=o["pid"])
@case("abstract-socket")                     # astrid-runtime/astrid#790, securedrop-client#54: no file at all, and two daemons
def _():
    s = program(P("astrid_daemon.py"), f"s=socket.socket(socket.AF_UNIX); s.bind('\\0cases-{os.getpid()}-'+sys.argv[1]); s.listen(); ready(); stay()\n"); a, b = daemon(s, "home"), daemon(s, "tmp"); out(instances=[a["pid"], b["pid"]])
@case("baileys-log")                         # WhiskeySockets/Baileys#963: JSON log lines "Stream Errored (conflict)", one local instance
def _():
    l = P("logs/wa.log"); line = json.dumps(dict(level=30, time=iso(), pid=53, hostname="ip-10-0-1-96", trace="Error: Stream Errored (conflict)\n at WebSocketClient.<anonymous>", msg="connection errored")); put(l, line + "\n")
    g = daemon(program(P("wa_bot.py"), f"ready(); stay(5,lambda: open({l!r},'a').write({line!r}+'\\n'))\n")); out(instances=[g["pid"]])
@case("playwright-mcp")                      # microsoft/playwright-mcp#769, #636: an orphaned Chrome keeps the MCP profile
def _():
    d = P("home/.cache/ms-playwright/mcp-chrome-5d1f2ab"); os.makedirs(d); g = daemon(program(P("opt/chrome.py"), f"title('/opt/google/chrome/chrome','--user-data-dir={d}','--no-first-run'); os.symlink({HOST!r}+'-'+str(os.getpid()),{d!r}+'/SingletonLock'); ready(); stay()\n"), pad=True, cwd=D); out(holder=g["pid"], recorded=g["pid"])
if LIST: print("\n".join(CASES)); sys.exit(0)
if NAME not in CASES: sys.exit(f"no case {NAME}")
os.makedirs(D, exist_ok=True)
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, bye)
CASES[NAME]()
main_stays()
