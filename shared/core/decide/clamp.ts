/** Limits a number to [low, high]; what is not a number becomes `low`, so that none spreads. */
export const clamp = (value: number, low: number, high: number): number =>
  value >= high ? high : value > low ? value : low;
