/** What a notebook imports from `./src/cluster`: work on many machines. */
export { type ClusterOptions, type ClusterResult, onCluster } from './on-cluster.ts';
