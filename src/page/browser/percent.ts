/** Writes a probability as people read it: 87.3 %. */
export const percent = (probability: number): string => `${(100 * probability).toFixed(1)} %`;
