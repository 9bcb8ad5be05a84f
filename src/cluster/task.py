"""A shard as a task of Ray's, on some node. The driver sends this module's code there; nothing of it is looked for."""
import collections
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid

# exit codes that another try on the same node does not change: a mistake in the flags; what the place says of who asks
# (credentials, rights, bucket, region); no Graft there
MISTAKE, REFUSED, NOT_THERE = 2, 3, 127


class Final(Exception):
    """A failure that Ray does not try again."""


def run_shard(job, shard, given, board):
    """
    Runs one shard as a process that dies with this worker, and says how many rows it has as they come.
    given: the task's number, the same whenever Ray runs it again
    """
    import ray

    def fail(code, log):
        final = code in (MISTAKE, REFUSED, NOT_THERE)
        error = Final(code) if final else subprocess.CalledProcessError(code, "graft")
        error.failure = {"shard": shard, "node": where, "at": here, "code": code, "log": log}
        with contextlib.suppress(ray.exceptions.RayError):  # it is told before the shard begins again
            ray.get(board.fail.remote(error.failure), timeout=10)
        if code != MISTAKE:
            time.sleep(job["pause"])  # a node that cannot do it takes no shard from one that can
        raise error

    where = f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"
    here = ray.get_runtime_context().get_node_id()
    board.begin.remote(shard, given, here, where)
    worker, libc = os.getpid(), ctypes.CDLL(None)

    def die_with_worker():
        if sys.platform != "linux":
            return
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != worker:  # it was gone before
            os._exit(1)

    n = str(max(1, int(job["cpus"])))
    threads = {"GRAFT_THREADS": n, "TF_NUM_INTRAOP_THREADS": n}  # other shards have the other cores
    node, graft = shutil.which(job["node"]) or "node", os.path.join(job["project"], "src/graft.mjs")
    if not os.path.exists(graft):
        fail(NOT_THERE, f"expected Graft at the same commit in {job['project']}; it is not there. --project names its folder")
    child = subprocess.Popen(
        [node, graft, *job["args"], "--shard", f"{shard}/{job['shards']}"],
        cwd=job["project"],
        env={**os.environ, "GRAFT_PROGRESS": "json", **threads},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=die_with_worker,
    )
    started, began = time.time(), None
    log = collections.deque(maxlen=40)
    try:
        for line in child.stdout:
            if line.startswith('{"progress":'):
                progress = json.loads(line)["progress"]
                if not counts(progress):  # looking at files, calibrating
                    continue
                began = began or time.time()
                board.tell.remote(shard, progress["done"])
            else:
                log.append(line)
        code = child.wait()
    finally:
        child.kill()  # where the task was taken back meanwhile
    if code:
        fail(code, "".join(log))
    ended = time.time()
    return {"node": where, "started": started, "began": began or ended, "ended": ended}


def counts(progress):
    """Whether a line of progress is of the shard's own rows or runs."""
    return progress["label"].startswith("shard ") or progress.get("unit") == "runs"


class Board:
    """
    On which node each shard is, how far, which tries failed and which were lost, kept on the driver's node. A report
    stays until the driver says that it has it: an answer that comes too late for the driver loses nothing.
    """

    def __init__(self):
        self.at, self.done, self.reports = {}, {}, {}

    def begin(self, shard, given, node, where):
        _, before, last = self.at.get(shard, (None, None, None))
        if last == given:  # its last try neither failed nor ended
            self.report("lost", {"shard": shard, "node": before})
        self.at[shard], self.done[shard] = (node, where, given), 0

    def tell(self, shard, done):
        self.done[shard] = done

    def fail(self, failure):
        self.at.pop(failure["shard"], None)
        self.report("try", failure)

    def report(self, event, what):
        self.reports[uuid.uuid4().hex] = event, what

    def read(self, had):
        for one in had:
            self.reports.pop(one, None)
        return self.at, self.done, self.reports
