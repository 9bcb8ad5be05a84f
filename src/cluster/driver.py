"""
Runs the shards of a job on a Ray cluster. One JSON object comes on stdin, JSON lines go to stdout; when stdin ends, so
does the work. A shard is a process of its own on some node, started by one task; what it computes goes to a place that
all nodes reach, so nothing but numbers and text passes through Ray.

job: {"address": "auto" | "local" | "HOST:PORT", "node": Node.js, "project": FOLDER, "args": of graft,
      "shards": N, "cpus": per shard, "gpus": per shard, "retries": per shard, "pause": seconds after a failure}
"""
import collections
import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

lines = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what Ray prints is no event
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def tell(event, **rest):
    lines.write(json.dumps({"event": event, **rest}) + "\n")


# what another try does not change: a mistake in the flags (exit code 2), and what a place says of who asks
FINAL = r"no credentials|does not accept the credentials|no region is known|there is no bucket|not allowed \(403"


class Final(Exception):
    """A failure that is not tried again."""


def run_shard(job, shard, board):
    """Runs one shard as a process that dies with this worker, and says how many rows it has as they come."""
    import ray

    def fail(code, log):
        final = code == 2 or re.search(FINAL, log)
        error = Final(code) if final else subprocess.CalledProcessError(code, "graft")
        error.failure = {"shard": shard, "node": where, "code": code, "log": log}
        board.fail.remote(error.failure)
        if not final:
            time.sleep(job["pause"])  # a node that cannot do it takes no shard from one that can
        raise error

    where = f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"
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
        fail(127, f"expected Graft at the same commit in {job['project']}; it is not there. --project names its folder")
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
    here = ray.get_runtime_context().get_node_id()
    board.tell.remote(shard, here, 0)
    started, began = time.time(), None
    log = collections.deque(maxlen=40)
    for line in child.stdout:
        if line.startswith('{"progress":'):
            progress = json.loads(line)["progress"]
            if not counts(progress):  # looking at files, calibrating
                continue
            began = began or time.time()
            board.tell.remote(shard, here, progress["done"])
        else:
            log.append(line)
    if code := child.wait():
        fail(code, "".join(log))
    ended = time.time()
    return {"node": where, "started": started, "began": began or ended, "ended": ended}


def counts(progress):
    """Whether a line of progress is of the shard's own rows or runs."""
    return progress["label"].startswith("shard ") or progress.get("unit") == "runs"


class Board:
    """On which node each shard is, how far, and which tries failed, kept on the driver's node."""

    def __init__(self):
        self.shards, self.failures = {}, []

    def tell(self, shard, node, done):
        self.shards[shard] = (node, done)

    def fail(self, failure):
        self.failures.append(failure)

    def read(self):
        failures, self.failures = self.failures, []
        return self.shards, failures


def connect(ray, address):
    options = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if ":" in address:
        host, port = address.rsplit(":", 1)
        socket.create_connection((host, int(port)), timeout=10).close()  # Ray itself tries for minutes
    if address == "local":
        options.update(include_dashboard=False, object_store_memory=100 << 20)
    ray.init(**options)


def main(job, stopped):
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    connect(ray, job["address"])
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    board = ray.remote(num_cpus=0, max_restarts=-1, scheduling_strategy=here)(Board).remote()
    task = ray.remote(
        num_cpus=job["cpus"],
        num_gpus=job["gpus"],
        max_retries=job["retries"],
        retry_exceptions=[subprocess.CalledProcessError],
        scheduling_strategy="SPREAD",
    )(run_shard)
    pending = {task.remote(job, shard, board): shard for shard in range(1, job["shards"] + 1)}
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fits = [r for r in resources if r.get("CPU", 0) >= job["cpus"] and r.get("GPU", 0) >= job["gpus"]]
    tell("nodes", nodes=len(resources), fitting=len(fits))
    try:
        while pending and not stopped.is_set():
            for ref in ray.wait(list(pending), timeout=0.5)[0]:
                shard = pending.pop(ref)
                try:
                    tell("done", shard=shard, **ray.get(ref))
                except ray.exceptions.RayError as error:
                    known = getattr(getattr(error, "cause", None), "failure", None)
                    tell("failed", **(known or {"shard": shard, "log": str(error)}))
            shards, failures = read(ray, board)
            for failure in failures:
                tell("try", **failure)
            at = {shards[shard][0] for shard in pending.values() if shard in shards}
            tell("progress", done=sum(done for _, done in shards.values()), nodes=len(at))
    finally:
        for ref in pending:
            ray.cancel(ref, force=True)
        if pending:
            ray.wait(list(pending), num_returns=len(pending), timeout=10)
        ray.shutdown()
    tell("stopped" if pending else "end")


def read(ray, board):
    try:
        return ray.get(board.read.remote(), timeout=5)
    except ray.exceptions.RayError:
        return {}, []  # it is being started again


def watch(stopped):
    sys.stdin.read()
    stopped.set()
    time.sleep(30)
    os._exit(1)  # it is still connecting, or Ray does not answer


if __name__ == "__main__":
    over = threading.Event()
    job_given = json.loads(sys.stdin.readline())
    if job_given["address"] == "local":
        # before Ray is imported: it listens on all interfaces, whatever address it is given
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this says when it is over
    threading.Thread(target=watch, args=[over], daemon=True).start()
    try:
        main(job_given, over)
    except OSError as error:
        tell("unreachable", message=str(error))
