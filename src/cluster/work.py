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
        self.at, self.done = {}, {}
        # what ended it before all was done
        self.why = None
        for shard in range(1, job["shards"] + 1):
            self.give(shard)

    def give(self, shard):
        barred = ",".join(self.room.barred)
        elsewhere = self.task.options(label_selector={"ray.io/node-id": f"!in({barred})"}) if barred else self.task
        self.pending[elsewhere.remote(self.job, shard, self.board)] = shard

    def step(self):
        """Waits a moment and tells what has happened. @return False where there is nothing to be waited for"""
        ended = self.ray.wait(list(self.pending), timeout=0.5)[0]
        self.read()
        for ref in ended:
            shard = self.pending.pop(ref)
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
        cause = getattr(error, "cause", None)
        known = getattr(cause, "failure", None)
        if not known:  # with its worker or its node, as often as it was tried
            self.tell("lost", shard=shard, node=self.at.get(shard, (0, ""))[1])
            self.tell("failed", shard=shard, log=str(error))
        elif known["code"] in (task.REFUSED, task.NOT_THERE):
            self.room.barred.setdefault(cause.at, known)
            queued = [ref for ref, other in self.pending.items() if other not in self.at]
            for ref in queued:  # they shall not go there either
                self.ray.cancel(ref)
            for one in [shard, *(self.pending.pop(ref) for ref in queued)]:
                self.give(one)
        else:
            self.tell("failed", **known)

    def read(self):
        try:
            self.at, self.done, failures, lost = self.ray.get(self.board.read.remote(), timeout=5)
        except self.ray.exceptions.RayError:
            return  # it is being started again
        for failure in failures:
            self.tell("try", **failure)
        for one in lost:
            self.tell("lost", **one)

    def end(self):
        """Ends what is left, and waits for what has begun."""
        for ref in self.pending:
            self.ray.cancel(ref, force=True)
        begun = [ref for ref, shard in self.pending.items() if shard in self.at]
        if begun:
            self.ray.wait(begun, num_returns=len(begun), timeout=10)
        self.ray.shutdown()
