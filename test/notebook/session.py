"""A session with the kernel, for test/notebook/session.ts: reads steps as JSON, prints what came as JSON.

A step is {"run": code, "interrupt": [seconds, ...], "write": {file: text}, "times": n} or {"complete": code} or
{"inspect": code} or {"crash": true}: the kernel is killed, and Jupyter starts another in its place.
"""
import json
import os
import queue
import signal
import sys
import threading
import time

from jupyter_client.manager import KernelManager

steps = json.load(sys.stdin)
manager = KernelManager(kernel_name="graft")
started = time.monotonic()
manager.start_kernel(cwd="notebooks")
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
ready = time.monotonic() - started
results = []

def resident():
    with open(f"/proc/{manager.provisioner.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

for step in [{**s, "times": 1} for s in steps for _ in range(s.get("times", 1))]:
    if "crash" in step:
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        results.append({})
        continue
    for file, text in step.get("write", {}).items():
        open(file, "w").write(text)
    if "complete" in step or "inspect" in step:
        code = step.get("complete", step.get("inspect"))
        ask = client.complete if "complete" in step else client.inspect
        results.append(ask(code, len(code), reply=True, timeout=60)["content"])
        continue
    begin = time.monotonic()
    message = client.execute(step["run"])
    for seconds in step.get("interrupt", []):
        threading.Timer(seconds, manager.interrupt_kernel).start()
    result = {"text": "", "error": None, "display": []}
    while True:
        try:
            m = client.get_iopub_msg(timeout=90)
        except queue.Empty:
            result["error"] = {"ename": "NoAnswer"}
            break
        if m["parent_header"].get("msg_id") != message:
            continue
        kind, content = m["msg_type"], m["content"]
        if kind == "stream":
            result["text"] += content["text"]
        elif kind == "error":
            result["error"] = content
        elif kind in ("display_data", "update_display_data"):
            result["display"].append(content["data"].get("text/plain", ""))
            result["shown"] = time.monotonic() - begin
        elif kind == "status" and content["execution_state"] == "idle":
            break
    result["seconds"] = time.monotonic() - begin
    result["memory"] = resident()  # MiB
    if result["error"]:
        time.sleep(0.3)  # requests that come within 200 ms of a failure count as "Run All" and are refused
    results.append(result)
client.stop_channels()
begin = time.monotonic()
manager.shutdown_kernel()
print(json.dumps({"results": results, "shutdown": time.monotonic() - begin, "ready": ready}))
