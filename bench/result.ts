/** One figure of a benchmark. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bar in words, where there is one. */
  readonly bar?: string;
  readonly ok?: boolean;
}
