/** What cells and programs import from `graft-ml/cluster`: work on many machines. */
export { type ClusterOptions, type ClusterResult, onCluster } from './on-cluster.ts';
