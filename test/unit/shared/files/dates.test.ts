import { describe, expect, it } from '@jest/globals';
import { dateHint, toTimeMs } from '../../../../shared/files/dates.js';

const at = (iso: string): number => Date.parse(iso);

describe('a date', () => {
  it.each([
    ['2015-01-05', '2015-01-05T00:00:00Z'],
    ['2015-01-05 08:26', '2015-01-05T08:26:00Z'],
    ['2015-01-05T08:26:30.250', '2015-01-05T08:26:30.250Z'],
    ['2015-01-05T08:26:30Z', '2015-01-05T08:26:30Z'],
    ['2015-01-05 08:26:30+01:00', '2015-01-05T07:26:30Z'],
    ['2015-1-5', '2015-01-05T00:00:00Z'],
    ['2015/01/05', '2015-01-05T00:00:00Z'],
    ['20150105', '2015-01-05T00:00:00Z'],
    ['11-Feb-13', '2013-02-11T00:00:00Z'],
    ['11 February 2013 14:00', '2013-02-11T14:00:00Z'],
    ['Feb 11, 2013', '2013-02-11T00:00:00Z'],
  ])('is read whatever the machine: %s', (text, iso) => {
    expect(toTimeMs(text)).toBe(at(iso));
  });

  it.each([
    ['05/01/2015', 'day-first', '2015-01-05T00:00:00Z'],
    ['05/01/2015', 'month-first', '2015-05-01T00:00:00Z'],
    ['12/1/2010 8:26', 'month-first', '2010-12-01T08:26:00Z'],
    ['12/1/2010 8:26:05 PM', 'month-first', '2010-12-01T20:26:05Z'],
    ['12/1/10 12:05 am', 'month-first', '2010-12-01T00:05:00Z'],
    ['31.12.2015 23:59', 'day-first', '2015-12-31T23:59:00Z'],
    ['5-1-99', 'day-first', '1999-01-05T00:00:00Z'],
  ] as const)('%s is read with the %s', (text, order, iso) => {
    expect(toTimeMs(text, order)).toBe(at(iso));
  });

  it.each([
    ['', null],
    ['yesterday', null],
    ['41316', null],
    ['2015-02-30', null],
    ['2015-01-05 24:01', null],
    ['05/01/2015', null],
    ['13/14/2015', 'day-first'],
    ['14/01/2015', 'month-first'],
    ['05/01-2015', 'day-first'],
    ['1/5/2015 13:00 PM', 'month-first'],
    ['11-Foo-13', null],
    ['2015-01-05T08:26:30+99:00', null],
  ] as const)('is refused: "%s", order %s', (text, order) => {
    expect(toTimeMs(text, order)).toBeNull();
  });

  it.each([
    ['2015-01-05', 'nothing'],
    ['05/01/2015', 'either'],
    ['21-07-2015', 'day-first'],
    ['7/21/2015 8:00', 'month-first'],
    ['05.01.2015', 'day-first'],
  ] as const)('%s tells %s of its column', (text, hint) => {
    expect(dateHint(text)).toBe(hint);
  });
});
