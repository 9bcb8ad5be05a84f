"""What ipykernel and ipywidgets send for Graft's controls: the states that open their models, and the answers to a page.

Made with ipykernel 7, ipywidgets 8.1.8 and anywidget 0.11.0, in an environment with a kernel "python3":
    python test/references/widgets.py > test/references/widgets.json
"""
import json
import sys
from importlib.metadata import version

from jupyter_client.manager import start_new_kernel

CONTROLS = {
    "slider": "w.FloatSlider(value=0.5, min=0, max=0.95, step=0.05, description='dropout', readout_format='.2f')",
    "range": "w.FloatRangeSlider(value=[64, 128], min=32, max=224, step=32, readout_format='.0f')",
    "select": "w.Dropdown(options=['adam', 'sgd'], value='sgd', description='optimizer')",
    "checkbox": "w.Checkbox(value=True, description='flip', indent=False)",
    "toggle": "w.ToggleButton(value=False, description='only mistakes')",
    "text": "w.Text(value='frog', placeholder='class')",
    "number": "w.BoundedFloatText(value=20, min=1, max=200, step=1)",
    "anyNumber": "w.FloatText(value=0, step=1)",
    "button": "w.Button(description='Draw again')",
    "progress": "w.FloatProgress(value=3, min=0, max=20)",
    "upload": "w.FileUpload(accept='image/*', multiple=True)",
    "html": "w.HTML(value='<b>x</b>')",
    "image": "w.Image(value=bytes.fromhex('89504e470d0a1a0a'), format='png')",
    "rows": "w.VBox([w.HTML(value='a')])",
    "columns": "w.HBox([w.HTML(value='a')])",
    "tabs": "w.Tab([w.HTML(value='a')], titles=['head'], selected_index=0)",
    "area": "w.Output()",
    "widget": "Counter()",
}
IMPORTS = """
import anywidget, ipywidgets as w, traitlets
class Counter(anywidget.AnyWidget):
    _esm = 'export default { render() {} }'
    count = traitlets.Int(0).tag(sync=True)
    data = traitlets.Bytes(b'abc').tag(sync=True)
"""

manager, client = start_new_kernel(kernel_name="python3")


def said(message_id):
    """The messages of a request, but those of its own cell."""
    messages = []
    while True:
        m = client.get_iopub_msg(timeout=30)
        if m["parent_header"].get("msg_id") != message_id:
            continue
        kind, content = m["msg_type"], m["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return messages
        if kind.startswith("comm_"):
            messages.append({"type": kind, "content": content, "metadata": m["metadata"], "buffers": [bytes(b).decode("latin1") for b in m["buffers"]]})


def send(content, kind="comm_msg", metadata=None):
    message = client.session.msg(kind, content, metadata=metadata)
    client.shell_channel.send(message)
    return said(message["header"]["msg_id"])


said(client.execute(IMPORTS))
opened = {name: said(client.execute(f"{name} = {code}")) for name, code in CONTROLS.items()}
slider = opened["slider"][-1]["content"]["comm_id"]
update = {"method": "update", "state": {"value": 0.7}, "buffer_paths": []}
send({"comm_id": "control-1", "target_name": "jupyter.widget.control", "target_module": None, "data": {}}, "comm_open", {"version": "1.0.0"})
answers = {
    "update": send({"comm_id": slider, "data": update}),
    "request_state": send({"comm_id": slider, "data": {"method": "request_state"}}),
    "request_states": [m for m in send({"comm_id": "control-1", "data": {"method": "request_states"}})],
    "set": said(client.execute("slider.value = 0.2")),
    "close": said(client.execute("slider.close()")),
}
# of all states one is enough
states = answers["request_states"][0]["content"]["data"]["states"]
answers["request_states"][0]["content"]["data"].update(states={slider: states[slider]}, buffer_paths=[])
answers["request_states"][0]["buffers"] = []
client.stop_channels()
manager.shutdown_kernel(now=True)
versions = {name: version(name) for name in ("ipykernel", "ipywidgets", "anywidget")}
json.dump({"made": {"by": "test/references/widgets.py", **versions}, "opened": opened, "answers": answers}, sys.stdout, indent=1)
