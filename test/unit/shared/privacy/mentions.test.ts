import { mentionsCustomer } from '../../../../shared/privacy/mentions.js';

const ours = { customerId: '4711', isContract: true };
const foreign = { customerId: '4711', isContract: false };

describe('a record of the contract', () => {
  it.each([
    [{ customerId: '4711' }],
    [{ customerId: '1', intoCustomerId: '4711' }],
    [{ customerId: '1', master: { parentCustomerId: '4711' } }],
    [{ lines: [{ customerId: '4711' }] }],
  ])('speaks of the customer in the fields that name one: %j', (record) => {
    expect(mentionsCustomer(record, ours)).toBe(true);
  });

  it.each([
    [{ customerId: '47110' }],
    [{ customerId: '1', orderId: '4711' }],
    [{ customerId: '1', lines: [{ netAmountMinor: 4711 }] }],
    [{ customerId: null }],
    [{}],
  ])('does not by a value that happens to be the same: %j', (record) => {
    expect(mentionsCustomer(record, ours)).toBe(false);
  });
});

describe('a record of somebody else', () => {
  it.each([
    [{ Debitor: '4711' }],
    [{ debtor: { number: 4711 } }],
    [{ rows: [{ KUNNR: ' 4711 ' }] }],
    [['4711']],
  ])('speaks of the customer by any value that reads like its id: %j', (record) => {
    expect(mentionsCustomer(record, foreign)).toBe(true);
  });

  it.each([[{ Debitor: '0004711' }], [{ text: 'order of 4711' }], [{ flag: true }]])(
    'does not by one that only contains it: %j',
    (record) => {
      expect(mentionsCustomer(record, foreign)).toBe(false);
    },
  );

  it('is not followed into bytes, nor deeper than records are nested', () => {
    let deep: object = { id: '4711' };
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    expect(mentionsCustomer(deep, foreign)).toBe(false);
    expect(mentionsCustomer({ bytes: Buffer.from('4711') }, foreign)).toBe(false);
  });
});
