"""The shards of a job on a cluster."""
import subprocess

import task
from room import Room


class Work:
    """The shards that are not done yet. What happens to them is told as it happens."""

    def __init__(self, ray, job, tell):
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self.ray, self.job, self.tell = ray, job, tell
        ray.cloudpickle.register_pickle_by_value(task)  # the nodes may have another commit's
        self.board = ray.remote(num_cpus=0, max_restarts=-1, scheduling_strategy=here)(task.Board).remote()
        self.task = ray.remote(
            num_cpus=job["cpus"],
            num_gpus=job["gpus"],
            max_retries=job["retries"],
            retry_exceptions=[subprocess.CalledProcessError],
            scheduling_strategy="SPREAD",
        )(task.run_shard)
        self.room, self.pending = Room(ray, job), {}
        self.at, self.done, self.given, self.had = {}, {}, 0, []
        # what ended it before all was done
        self.why = None
        for shard in range(1, job["shards"] + 1):
            self.give(shard)

    def give(self, shard):
        barred = ",".join(self.room.barred)
        elsewhere = self.task.options(label_selector={"ray.io/node-id": f"!in({barred})"}) if barred else self.task
        self.given += 1
        self.pending[elsewhere.remote(self.job, shard, self.given, self.board)] = shard

    def step(self):
        """Waits a moment and tells what has happened. @return False where there is nothing to be waited for"""
        ended = self.ray.wait(list(self.pending), timeout=0.5)[0]
        self.read()
        for ref in ended:
            shard = self.pending.pop(ref, None)
            if shard is None:  # taken back
                continue
            try:
                self.tell("done", shard=shard, **self.ray.get(ref))
            except self.ray.exceptions.RayError as error:
                self.failed(shard, error)
        working = {self.at[shard][0] for shard in self.pending.values() if shard in self.at}
        self.tell("progress", done=sum(self.done.values()), nodes=len(working))
        if not self.pending:
            return False
        if self.room.barred and not working and not any(self.room.fits(node) for node in self.room.alive()):
            self.why = {"event": "barred", "nodes": list(self.room.barred.values())}
        elif not self.room.look(working, self.tell):
            self.why = {"event": "roomless"}
        return not self.why

    def failed(self, shard, error):
        known = getattr(getattr(error, "cause", None), "failure", None)
        if not known:  # with its worker or its node, as often as it was tried
            self.tell("lost", shard=shard, node=self.at.get(shard, ("", ""))[1])
            self.tell("failed", shard=shard, log=str(error))
        elif known["code"] in (task.REFUSED, task.NOT_THERE):
            self.room.barred.setdefault(known["at"], known)
            self.give(shard)
        else:
            self.tell("failed", **known)

    def read(self):
        try:
            self.at, self.done, reports = self.ray.get(self.board.read.remote(self.had), timeout=5)
        except self.ray.exceptions.RayError:
            return  # it is being started again, or too busy
        new = [report for key, report in reports.items() if key not in self.had]
        self.had = list(reports)
        for event, what in new:
            self.tell(event, **what)
        failures = [what for event, what in new if event == "try"]
        if barring := [one for one in failures if one["code"] in (task.REFUSED, task.NOT_THERE)]:
            self.bar(barring)

    def bar(self, failures):
        """Gives the nodes of failures no more shards, and what waits for a node no such one."""
        self.room.barred = {**{one["at"]: one for one in failures}, **self.room.barred}
        at_work = {*self.at, *(one["shard"] for one in failures)}
        for ref in [ref for ref, shard in self.pending.items() if shard not in at_work]:
            self.ray.cancel(ref)
            self.give(self.pending.pop(ref))

    def end(self):
        """Ends what is left, and waits for what has begun."""
        for ref in self.pending:
            self.ray.cancel(ref, force=True)
        begun = [ref for ref, shard in self.pending.items() if shard in self.at]
        if begun:
            self.ray.wait(begun, num_returns=len(begun), timeout=10)
        self.ray.shutdown()
