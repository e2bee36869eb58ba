#!/usr/bin/env bash
#SBATCH --job-name=bulkdrop
#SBATCH --array=1-8
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=02:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#
# A job array: one task a shard, on as many machines as Slurm finds. A task that is requeued, after its node went down or
# was needed, goes on where it stopped. Submit it from the folder of the samples, with a directory that all nodes see:
#
#   export RUNS=/shared/runs RATE=80 CONCURRENCY=64 BULKDROP_CONFIG=/shared/bulkdrop.toml
#   job=$(sbatch --parsable slurm-array.sh /shared/export.csv)
#   sbatch --dependency="afterany:$job" --wrap "bulkdrop report $RUNS/shard-*/ --out $RUNS/merged"
#
# shard.sh says what the variables mean. `--array=1-N` is the number of shards; a part of the array (--array=3,5) takes up
# these shards only, with SHARDS=8.
set -euo pipefail

export SHARDS=${SHARDS:-${SLURM_ARRAY_TASK_COUNT:?is set by sbatch --array}}
# Slurm runs a copy of this file from somewhere else.
script=${SLURM_SUBMIT_DIR:-$(dirname "${BASH_SOURCE[0]}")}/shard.sh
# In front of the time limit Slurm tells this process (--signal=B:TERM@120), which is bulkdrop by then: it lets requests in
# flight finish and ends with code 143.
exec sh "$script" "$@"
