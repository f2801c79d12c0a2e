/**
 * White space by peers: product groups that comparable customers buy. Comparable are first customers with a
 * machine type in common, else customers of the same industry; of several classes the one speaks in which
 * most customers buy the group.
 */
import type { CustomerState } from '../customer/state.js';
import type { PeerClass, PeerGroup } from '../models/peers.js';

export type PeerEvidence = {
  readonly peers: PeerClass;
  readonly group: PeerGroup;
};

/** A group that fewer of the peers buy is no gap but a choice. */
const BUYERS_SHARE_MIN = 0.3;
/** A small customer is not taken to spend what the middle one does, a large one not far more. */
const SCALE_MAX = 2;

const shareOf = ({ peers, group }: PeerEvidence): number => group.buyers / peers.customers;

/** The peers of a customer: those of its machines, or of its industry where no machine says anything. */
const peersOf = (
  { machines, master }: Pick<CustomerState, 'machines' | 'master'>,
  classes: readonly PeerClass[],
): readonly PeerClass[] => {
  const types = new Set(machines.map(({ machineType }) => machineType));
  const byMachine = classes.filter(({ kind, name }) => kind === 'machine_type' && types.has(name));
  return byMachine.length > 0
    ? byMachine
    : classes.filter(({ kind, name }) => kind === 'industry' && name === master?.industry);
};

/** By product group, what the peers say for it. */
export const peerEvidence = (
  customer: Pick<CustomerState, 'machines' | 'master'>,
  classes: readonly PeerClass[],
): ReadonlyMap<string, PeerEvidence> => {
  const found = new Map<string, PeerEvidence>();
  for (const peers of peersOf(customer, classes)) {
    for (const group of peers.groups) {
      const evidence = { peers, group };
      const known = found.get(group.productGroup);
      if (shareOf(evidence) < BUYERS_SHARE_MIN) continue;
      if (known === undefined || shareOf(evidence) > shareOf(known)) {
        found.set(group.productGroup, evidence);
      }
    }
  }
  return found;
};

/** Yearly money of a gap: what the middle buyer spends, by the customer's size, times the share that buys. */
export const peerPotential = (evidence: PeerEvidence, trailingMinor: number): number => {
  const { peers, group } = evidence;
  const scale = peers.trailingMinor <= 0 ? 1 : trailingMinor / peers.trailingMinor;
  return group.yearlyMinor * Math.min(SCALE_MAX, Math.max(0, scale)) * shareOf(evidence);
};

/** Who the peers are and what they do, in words. */
export const peersInWords = ({ peers, group }: PeerEvidence): string =>
  `${String(group.buyers)} of ${String(peers.customers)} comparable customers ` +
  (peers.kind === 'machine_type' ? `with a ${peers.name}` : `in ${peers.name}`) +
  ` buy ${group.productGroup}`;
