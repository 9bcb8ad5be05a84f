"""A session with the kernel, for test/kernel/session.ts: reads {"folder", "env", "taken", "steps"} as JSON, prints what came as JSON.

A step is one of
  {"run": code, "interrupt": [seconds after it began, or what a display or the text matches by then, or {"file": name} that it writes a second before, ...], "write": {file: text}, "times": n}
      "options": {...} of the client's execute, like "silent"; "answers": what is typed into the box, null is Stop
  {"queue": [code, ...], "interrupt": [...]}: cells that are sent at once, as "Run All" does; the result is a list
  {"send": content, "to": "FloatSlider", "type": "comm_msg", "metadata": {...}, "buffers": [text, ...]}: a message to the
      newest comm of a model, as a page sends it; the result is all that comes until the kernel is quiet, or
      until a comm's message matches "until" and it is quiet then
  {"request": type, "content": {...}}: a message on the shell channel; the result is its answer's content
  {"complete": code} or {"inspect": code}, the cursor at the end or at "at"
  {"crash": true}: the kernel is killed, and Jupyter starts another in its place
  {"restart": seconds}: the kernel is restarted, and interrupted so long after its start
  {"leave": code}: the kernel is restarted, as by JupyterLab's button, while a cell runs that has written something
"""
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from jupyter_client.manager import KernelManager

PATIENCE = 300  # seconds without a word of a cell
QUIET = 0.3
task = json.load(sys.stdin)
started = time.monotonic()
taken = []  # sockets of another process, as it were, which has a port before the kernel comes to it


def start():
    manager = KernelManager(kernel_name="graft")
    manager.start_kernel(cwd=task["folder"], env={**os.environ, **task["env"]}, stdout=subprocess.DEVNULL)
    if task["taken"] and not taken:
        taken.append(socket.create_server((manager.ip, getattr(manager, task["taken"]))))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=180)
    except RuntimeError as error:
        client.stop_channels()
        if "died" not in str(error):
            raise
        manager.cleanup_resources()
        return start()  # with other ports, as JupyterLab does
    return manager, client


manager, client = start()
ready = time.monotonic() - started


def resident():
    with open(f"/proc/{manager.provisioner.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def next_message(answers, prompts):
    """The next message of a cell; questions that come meanwhile are answered, and their prompts noted."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return client.get_iopub_msg(timeout=0.1 if answers else PATIENCE)
        except queue.Empty:
            if time.monotonic() > end:
                raise
        try:
            asked = client.get_stdin_msg(timeout=0)
        except queue.Empty:
            continue
        prompts.append(asked["content"]["prompt"])
        answer = answers.pop(0)
        if answer is None:
            manager.interrupt_kernel()
        else:
            client.input(answer)


def interrupt_after(file):
    """Presses Stop a second after code has written a file, which it takes away."""
    while not os.path.exists(file):
        time.sleep(0.05)
    os.remove(file)
    time.sleep(1)
    manager.interrupt_kernel()


def run(cells, interrupt, options={}, answers=()):
    """Sends cells at once and waits until all have ended; outputs are sorted by the cell they belong to."""
    begin = time.monotonic()
    answers, prompts = list(answers), []
    results = {client.execute(code, **options): {"text": "", "error": None, "display": [], "data": [], "kinds": [], "comms": []} for code in cells}
    timed = [seconds for seconds in interrupt if isinstance(seconds, (int, float))]
    for file in (one["file"] for one in interrupt if isinstance(one, dict)):
        threading.Thread(target=interrupt_after, args=(os.path.join(task["folder"], file),), daemon=True).start()
    awaited = [pattern for pattern in interrupt if isinstance(pattern, str)]

    def interrupt_at(shown):
        if awaited and re.search(awaited[0], shown):
            awaited.pop(0)
            manager.interrupt_kernel()

    waiting = set(results)
    while waiting:
        try:
            m = next_message(answers, prompts)
        except queue.Empty:
            for message in waiting:
                results[message]["error"] = {"ename": "NoAnswer"}
            break
        result = every.get(m["parent_header"].get("msg_id")) or results.get(m["parent_header"].get("msg_id"))
        if result is None:
            continue
        kind, content = m["msg_type"], m["content"]
        result["kinds"].append(kind)
        note_comm(m, result["comms"])
        if kind == "stream":
            result["text"] += content["text"]
            interrupt_at(result["text"])
        elif kind == "error":
            result["error"] = content
        elif kind in ("display_data", "update_display_data", "execute_result"):
            result["display"].append(content["data"].get("text/plain", ""))
            result["data"].append(content["data"])
            result["shown"] = time.monotonic() - begin
            interrupt_at(result["display"][-1])
        elif kind == "status" and content["execution_state"] == "busy":
            while timed:
                threading.Timer(timed.pop(), manager.interrupt_kernel).start()
        elif kind == "status" and content["execution_state"] == "idle":
            waiting.discard(m["parent_header"]["msg_id"])
            result["seconds"] = time.monotonic() - begin
    for message, result in results.items():
        try:
            reply = client.get_shell_msg(timeout=5)
            while reply["parent_header"].get("msg_id") not in results:
                reply = client.get_shell_msg(timeout=5)
            result_of = results[reply["parent_header"]["msg_id"]]
            result_of.update(status=reply["content"]["status"], reply=reply["content"], prompts=prompts)
        except queue.Empty:
            pass
        result["memory"] = resident()  # MiB
    every.update(results)  # what comes later still belongs to its cell
    return list(results.values())


def note_comm(m, into):
    """Keeps a comm's message, and which comm belongs to the newest model of a kind."""
    kind, content = m["msg_type"], m["content"]
    if not kind.startswith("comm_"):
        return
    into.append({"type": kind, "content": content, "metadata": m["metadata"], "buffers": [bytes(b).decode("latin1") for b in m["buffers"]]})
    if kind == "comm_open" and "state" in content["data"]:
        models[content["data"]["state"]["_model_name"].removesuffix("Model")] = content["comm_id"]


def send(step):
    """Sends a page's message to a comm, and collects what comes until there has been nothing for a while."""
    content = {"comm_id": models.get(step.get("to"), "unknown"), **step["send"]}
    message = client.session.msg(step.get("type", "comm_msg"), content, metadata=step.get("metadata"))
    client.session.send(client.shell_channel.socket, message, buffers=[b.encode("latin1") for b in step.get("buffers", [])])
    result = {"comms": [], "kinds": []}
    awaited = step.get("until")
    while True:
        try:
            m = client.get_iopub_msg(timeout=QUIET if "idle" in result["kinds"] and not awaited else PATIENCE)
        except queue.Empty:
            return result
        own = m["parent_header"].get("msg_id") == message["header"]["msg_id"]
        result["kinds"].append(m["content"]["execution_state"] if own and m["msg_type"] == "status" else m["msg_type"])
        note_comm(m, result["comms"])
        if awaited and re.search(awaited, json.dumps(m["content"]), re.S):
            awaited = None


every, results, models = {}, [], {}
for step in [{**s, "times": 1} for s in task["steps"] for _ in range(s.get("times", 1))]:
    if "crash" in step:
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=180)
        results.append({})
        continue
    if "restart" in step:
        manager.restart_kernel(now=True)
        time.sleep(step["restart"])
        manager.interrupt_kernel()
        client.wait_for_ready(timeout=180)
        results.append({})
        continue
    if "leave" in step:
        message = client.execute(step["leave"])
        while True:
            m = client.get_iopub_msg(timeout=90)
            if m["msg_type"] == "stream" and m["parent_header"].get("msg_id") == message:
                break
        manager.restart_kernel()
        client.wait_for_ready(timeout=180)
        results.append({})
        continue
    for file, text in step.get("write", {}).items():
        open(os.path.join(task["folder"], file), "w").write(text)
    if "complete" in step or "inspect" in step:
        code = step.get("complete", step.get("inspect"))
        ask = client.complete if "complete" in step else client.inspect
        begin = time.monotonic()
        answer = ask(code, step.get("at", len(code)), reply=True, timeout=60)["content"]
        results.append({**answer, "seconds": time.monotonic() - begin})
    elif "send" in step:
        results.append(send(step))
    elif "request" in step:
        client.shell_channel.send(client.session.msg(step["request"], step["content"]))
        results.append(client.get_shell_msg(timeout=PATIENCE)["content"])
    elif "queue" in step:
        results.append(run(step["queue"], step.get("interrupt", [])))
    else:
        results += run([step["run"]], step.get("interrupt", []), step.get("options", {}), step.get("answers", []))
client.stop_channels()
begin = time.monotonic()
manager.shutdown_kernel()
print(json.dumps({"results": results, "shutdown": time.monotonic() - begin, "ready": ready}))
