"""Where on a cluster there is room for a shard."""
import time

# Seconds between two looks, and after which waiting for room is told: a worker starts in one to some
BETWEEN, PATIENCE = 3, 10


class Room:
    """The nodes that can take a shard. What hinders is told when it changes."""

    def __init__(self, ray, job):
        self.ray, self.job = ray, job
        # by their ids: nodes that get no more shards, and the failure on each that says why
        self.barred = {}
        self.state, self.since, self.told, self.next = "room", time.time(), None, 0

    def look(self, working, tell):
        """
        @param working ids of nodes at work
        @return False where no node has had what a shard takes for as long as the job waits
        """
        now = time.time()
        if now < self.next:
            return True
        self.next = now + BETWEEN
        alive = self.alive()
        fitting = {node["NodeID"] for node in alive if self.fits(node)}
        state = "room" if fitting else "none"
        if fitting and not working & {node["NodeID"] for node in alive} and not self.free(fitting):
            state = "busy"
        if state != self.state:
            self.state, self.since = state, now
        waited = now - self.since
        if state != self.told and (state != "busy" or waited > PATIENCE):
            if state != "room" or self.told:
                tell("room", state=state, wait=self.job["wait"], **counts(alive), fitting=len(fitting))
            self.told = state
        if state != "none" or waited < self.job["wait"]:
            return True
        return False

    def alive(self):
        return [node for node in self.ray.nodes() if node["Alive"]]

    def fits(self, node):
        has = node["Resources"]
        enough = has.get("CPU", 0) >= self.job["cpus"] and has.get("GPU", 0) >= self.job["gpus"]
        return enough and node["NodeID"] not in self.barred

    def free(self, fitting):
        """Whether one of these nodes could begin a shard now."""
        from ray._private.state import available_resources_per_node

        return any(
            has.get("CPU", 0) >= self.job["cpus"] and has.get("GPU", 0) >= self.job["gpus"]
            for node, has in available_resources_per_node().items()
            if node in fitting
        )


def counts(alive):
    most = {name: max((node["Resources"].get(name, 0) for node in alive), default=0) for name in ("CPU", "GPU")}
    return {"nodes": len(alive), "cpus": most["CPU"], "gpus": most["GPU"]}
