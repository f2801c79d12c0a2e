/** placeholder: the packed ledger lands with the fold */
export type Ledger = { readonly count: number };
