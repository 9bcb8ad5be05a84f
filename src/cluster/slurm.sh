#!/bin/bash
# The shards of a plan as a Slurm array, one task a shard:
#
#   graft features … --out PLACE --plan --shards 16                    prints the plan's id
#   sbatch --array=1-16 --cpus-per-task=4 src/cluster/slurm.sh features PLACE PLAN 16
#   graft features --out PLACE --plan PLAN --merge
#
# Submit it in Graft's folder, which every node has. A shard may run again at any time: what it has is kept.
#SBATCH --job-name=graft
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
command=$1 place=$2 plan=$3 shards=$4
export GRAFT_THREADS=${SLURM_CPUS_PER_TASK:-1} TF_NUM_INTRAOP_THREADS=${SLURM_CPUS_PER_TASK:-1}

# Slurm's own --requeue begins again after a node has died; a task that was killed or failed is left as it is
for try in 1 2 3 4 5 6; do
  node src/graft.mjs "$command" --out "$place" --plan "$plan" --shard "$SLURM_ARRAY_TASK_ID/$shards"
  code=$?
  [ "$code" -eq 0 ] && exit 0
  echo "shard $SLURM_ARRAY_TASK_ID on $(hostname), try $try of 6: exit code $code" >&2
  # a mistake in the arguments stays one, and so does what the place refuses this node
  if [ "$code" -eq 2 ] || [ "$code" -eq 3 ]; then exit "$code"; fi
  sleep $((5 * try))
done
exit "$code"
