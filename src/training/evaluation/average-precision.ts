/**
 * Computes the average precision: precision at each score that a threshold could have, weighted by how much recall it
 * adds; that is the area under the precision-recall curve in steps, as scikit-learn's `average_precision_score`. Equal
 * scores are one step.
 * @param labels [N], 1 for the wanted class, else 0
 * @param scores [N], higher for that class
 * @returns 0..1; undefined if the class has no image
 */
export function averagePrecision(labels: ArrayLike<number>, scores: ArrayLike<number>): number | undefined {
  const n = labels.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  let [found, sum] = [0, 0];
  for (let from = 0, to = 0; from < n; from = to) {
    let more = 0;
    while (to < n && scores[order[to]] === scores[order[from]]) more += labels[order[to++]];
    found += more;
    sum += (more * found) / to;
  }
  return found ? sum / found : undefined;
}
