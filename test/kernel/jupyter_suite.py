"""Jupyter's own kernel test suite (PyPI: jupyter_kernel_test) on Graft's kernel; test/kernel/jupyter-suite.test.ts runs it.

What does not apply: payloads of a pager (deprecated), clear_output (cells have no word for it), and iopub_welcome, which
is of JEP 65's XPUB sockets.
"""
import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

PATIENCE = 300
# the suite's own limits, of seconds and tenths, are for a machine that has nothing else to do
jupyter_kernel_test.TIMEOUT = PATIENCE


class GraftKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "graft"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('to stderr')"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "const six: number = 6; six * 7", "result": "42"},
        {"code": "await Promise.resolve('text')", "result": "text"},
    ]
    code_display_data = [
        {"code": "show('<b>bold</b>')", "mime": "text/html"},
        {"code": "show([{ a: 1 }])", "mime": "text/html"},
        {"code": "show(Plot.plot({ marks: [] }))", "mime": "text/html"},
    ]
    completion_samples = [
        {"text": "console.tra", "matches": {"trace"}},
        {"text": "Number.isSafe", "matches": {"isSafeInteger"}},
        {"text": "%%wri", "matches": {"%%writefile"}},
    ]
    code_inspect_sample = "parseFloat"
    complete_code_samples = [
        "1 + 1", "const x = [1, 2];", "function f() {\n  return 1;\n}", "for (const x of []) {}", "// a remark", "",
        "await fetch('x')", "%%time\n1", "!ls", "fit?", "?fit", "%%writefile a.ts\nconst half = {", "const a = 1 as number;",
    ]
    incomplete_code_samples = [
        "function f() {", "const x = [1,", "if (true) {", "f(1, 2", "`text", "/* a remark", "const x =", "a.map((x) =>",
        "1 +", "class A {\n  b = 1;", "%%time\nif (true) {",
    ]
    invalid_code_samples = ["const = 1;", "}", "let let = 2", "1 2", "if (true)) {", "'text", "%nothing", "let a; let a;"]
    code_history_pattern = "6 * 7"
    supported_history_operations = ("tail", "range", "search")

    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=PATIENCE)
        imports = "import { show } from './src';\nimport * as Plot from '@observablehq/plot';"
        cls.kc.execute_interactive(imports, timeout=PATIENCE, output_hook=lambda message: None)

    def flush_channels(self):
        """Waits for all that earlier requests have brought: what comes after the answer to one more."""
        asked = self.kc.kernel_info()
        while self.kc.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != asked:
            pass
        while True:
            message = self.kc.get_iopub_msg(timeout=PATIENCE)
            idle = message["content"].get("execution_state") == "idle"
            if idle and message["parent_header"].get("msg_id") == asked:
                return

    def execute_helper(self, code, timeout=PATIENCE, **options):
        channel = self.kc.iopub_channel
        get = channel.get_msg
        channel.get_msg = lambda timeout: get(timeout=PATIENCE)
        try:
            return super().execute_helper(code, timeout=timeout, **options)
        finally:
            channel.get_msg = get


if __name__ == "__main__":
    unittest.main()
