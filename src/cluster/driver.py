"""
Runs the shards of a job on a Ray cluster. One JSON object comes on stdin, JSON lines go to stdout; when stdin ends, so
does the work. A shard is a process of its own on some node, started by one task; what it computes goes to a place that
all nodes reach, so nothing but numbers and text passes through Ray.

job: {"address": "auto" | "local" | "HOST:PORT", "node": Node.js, "project": FOLDER, "args": of graft,
      "shards": N, "cpus": per shard, "gpus": per shard, "retries": per shard, "pause": seconds after a failure,
      "wait": seconds for a node that has room}
"""
import json
import os
import secrets
import signal
import sys
import threading
import time

from look import look
from work import Work

lines = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what Ray prints is no event
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def tell(event, **rest):
    lines.write(json.dumps({"event": event, **rest}) + "\n")


def connect(ray, address):
    options = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if address == "local":
        options.update(include_dashboard=False, object_store_memory=100 << 20)
    try:
        ray.init(**options)
    except (RuntimeError, ConnectionError) as error:  # another version of Ray or Python, no node here
        return {"event": "unreachable", "message": str(error)}


def main(job, stopped, connected):
    if job["address"] != "local":
        seen = look(job["address"])
        if seen["event"] != "cluster" or not any(node["answers"] for node in seen["nodes"]):
            return tell(**seen)
    import ray

    if failure := connect(ray, job["address"]):
        return tell(**failure)
    connected.set()
    work = Work(ray, job, tell)
    try:
        while not stopped.is_set() and work.step():
            pass
    finally:
        work.end()
    tell(**(work.why or {"event": "stopped" if work.pending else "end"}))


def watch(stopped, connected):
    sys.stdin.read()
    stopped.set()
    if connected.is_set():
        time.sleep(30)
    os._exit(1)  # it is still connecting, or Ray does not answer


if __name__ == "__main__":
    over, there = threading.Event(), threading.Event()
    job_given = json.loads(sys.stdin.readline())
    if job_given["address"] == "local":
        # before Ray is imported: it listens on all interfaces, whatever address it is given
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this says when it is over
    threading.Thread(target=watch, args=[over, there], daemon=True).start()
    main(job_given, over, there)
    os._exit(0)  # whatever of Ray still waits for an answer
