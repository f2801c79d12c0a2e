/** Strategy plans of the built-in rulebook: what sales does for whom, over the seven themes. */
import type { TreatmentRules } from '../treatments/rules.js';

const NO_CHANGE = { name: '', visitsFactor: 1, measures: {} } as const;

export const builtinTreatments: TreatmentRules = {
  segments: [
    {
      segment: 'KA',
      name: 'Key account',
      visitsPerYear: 12,
      measures: {
        sales_intensity:
          'Visit monthly; account plan with targets each half-year, management review once a year.',
        responsibility:
          'Key account manager with a named service engineer and a sponsor in management.',
        channels: 'In person first; video between visits; EDI or shop for the daily orders.',
        offer:
          'Full portfolio: frame contract, retrofit and modernisation roadmap, stock at the customer.',
        prices_terms:
          'Frame agreement with yearly bonus; prices fixed for 12 months; 60 days to pay.',
        service_level: 'Answer within 2 hours, engineer on site within 24 hours, 24/7 hotline.',
        digital: 'EDI connection, machine monitoring, weekly order proposals from the forecast.',
      },
    },
    {
      segment: 'A',
      name: 'A customer',
      visitsPerYear: 6,
      measures: {
        sales_intensity:
          'Visit every two months; quarterly talk about needs with the forecast at hand.',
        responsibility: 'Field sales representative in charge, inside sales as deputy.',
        channels: 'Field sales, phone in between; shop for spare parts.',
        offer: 'Maintenance contract, spare parts packages by machine, training.',
        prices_terms: 'Discount by yearly volume; 45 days to pay.',
        service_level: 'Answer within 4 hours, engineer on site within 48 hours.',
        digital: 'Shop with own prices and machine lists; order proposals every two weeks.',
      },
    },
    {
      segment: 'B',
      name: 'B customer',
      visitsPerYear: 3,
      measures: {
        sales_intensity: 'Visit three times a year; a planned call in the months between.',
        responsibility: 'Field sales representative in charge together with inside sales.',
        channels: 'Phone and e-mail first, visits for projects; shop for spare parts.',
        offer: 'Inspection package, wear part kits by machine, cross-selling by machine park.',
        prices_terms: 'List price with graded discount by order value; 30 days to pay.',
        service_level: 'Answer within 8 hours, engineer on site within 3 working days.',
        digital: 'Shop with favourites; monthly order proposals by e-mail.',
      },
    },
    {
      segment: 'C',
      name: 'C customer',
      visitsPerYear: 1,
      measures: {
        sales_intensity: 'One visit a year, joined to others in the area; two calls a year.',
        responsibility: 'Inside sales team in charge.',
        channels: 'Shop and e-mail; phone by inside sales.',
        offer: 'Standard kits of wear parts and consumables; inspection at a fixed price.',
        prices_terms: 'List price; freight free above a minimum order; 30 days to pay.',
        service_level: 'Answer within one working day, engineer on site by appointment.',
        digital: 'Shop; automatic reminder when the next order is expected.',
      },
    },
    {
      segment: 'D',
      name: 'D customer',
      visitsPerYear: 0,
      measures: {
        sales_intensity: 'No visits; one campaign a year.',
        responsibility: 'Service desk, no named contact.',
        channels: 'Shop and e-mail only.',
        offer: 'Standard range from the shop.',
        prices_terms: 'List price; prepayment or card for new and slow payers.',
        service_level: 'Answer within two working days.',
        digital: 'Self-service in the shop; reactivation mail with the last products bought.',
      },
    },
  ],
  profiles: [
    {
      profile: 'steady',
      name: 'steady buyer',
      visitsFactor: 1,
      measures: {
        digital:
          'Automate the reorder: order proposals at the own rhythm, ready to confirm in the shop or by EDI.',
      },
    },
    {
      profile: 'big_ticket',
      name: 'project buyer',
      visitsFactor: 1.25,
      measures: {
        offer:
          'Plan projects early: retrofit, overhaul and spare part packages offered ahead of the expected order.',
      },
    },
    {
      profile: 'fading',
      name: 'fading buyer',
      visitsFactor: 1.25,
      measures: {
        sales_intensity:
          'Find the reason for the silence in a call within a week; agree on next steps; visit where the potential is worth it.',
      },
    },
    { profile: 'occasional', name: 'occasional buyer', visitsFactor: 0.75, measures: {} },
  ],
  flags: [
    { flag: 'none', ...NO_CHANGE },
    {
      flag: 'potential',
      name: 'potential to win',
      visitsFactor: 1.5,
      measures: {
        responsibility:
          'Field sales representative in charge, with a plan to win the open potential.',
        offer:
          'Offer the product groups that the machines need and the customer buys elsewhere; trial terms for the first orders.',
      },
    },
    {
      flag: 'small',
      name: 'remote care',
      visitsFactor: 0,
      measures: {
        sales_intensity: 'No visits: cared for remotely, by phone on occasion and by campaign.',
        channels: "Shop, e-mail and the service desk's phone.",
      },
    },
  ],
  combinations: [
    {
      segment: 'D',
      profile: 'fading',
      flag: 'none',
      name: 'let go or win back',
      visitsFactor: 1,
      measures: {
        sales_intensity:
          'One win-back call or mail, then no effort until the customer orders again.',
      },
    },
    {
      segment: 'D',
      profile: 'fading',
      flag: 'potential',
      name: 'win back',
      visitsFactor: 1,
      measures: {
        sales_intensity:
          'Win back: one visit by field sales with an offer for the machines in use.',
      },
    },
  ],
};
