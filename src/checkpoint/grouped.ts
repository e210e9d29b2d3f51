/**
 * A count as English and Japanese write it, e.g. `1,234,567`. Spelled out, because the first use of the platform's own
 * formatter loads its data, which takes longer than many a report.
 * @param count an integer
 */
export const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
