"""Run several commands in one process, because starting one takes seconds.

``python commands.py '[["doctor"], ["spaces"]]'`` prints JSON: of each command its exit status, what it
printed, and whether TensorFlow was loaded when it ended. What does not come from the commands themselves
stays on standard error.
"""

import contextlib
import io
import json
import sys

from tunebench.cli.main import main

done = []
for command in json.loads(sys.argv[1]):
    out, err, status = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(command)
        except SystemExit as end:
            status = int(end.code or 0)
    out.seek(0)
    loaded = "tensorflow" in sys.modules
    done.append({"status": status, "out": out.read(), "err": err.getvalue(), "tensorflow": loaded})
sys.stdout.write(json.dumps(done))
