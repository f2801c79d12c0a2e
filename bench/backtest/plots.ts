/**
 * Plots of the back-test as SVG: each method's error relative to the reference with its interval, one
 * panel per data set and horizon, rendered by Vega-Lite without a browser.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { REFERENCE } from './methods.js';
import type { Interval, MethodScore, SettingScore } from './metrics.js';
import { OURS } from './protocol.js';

/** Errors beyond this would press everything else together; such marks end at the border. */
const ERROR_MAX = 1.6;
const PANEL_WIDTH = 170;
const PANELS_PER_ROW = 4;
const COLOUR_OURS = '#0b6e4f';
const COLOUR_OTHERS = '#8a8f98';

const toRows = (
  scores: readonly SettingScore[],
  pick: (score: MethodScore) => Interval,
): readonly object[] =>
  scores.flatMap(({ dataset, horizonWeeks, methods }) =>
    methods
      .filter(({ method }) => method !== 'zero' && method !== REFERENCE)
      .map((score) => ({
        setting: `${dataset}, ${String(horizonWeeks)} weeks`,
        method: score.method,
        ...pick(score),
      })),
  );

/** Renders the relative errors of all settings. */
export const plotErrors = async (
  scores: readonly SettingScore[],
  { title, pick }: { readonly title: string; readonly pick: (score: MethodScore) => Interval },
): Promise<string> => {
  const x = {
    type: 'quantitative',
    scale: { domainMax: ERROR_MAX, zero: false, clamp: true },
    title: `${title}, ${REFERENCE} = 1`,
  } as const;
  const color = {
    condition: { test: `datum.method === '${OURS}'`, value: COLOUR_OURS },
    value: COLOUR_OTHERS,
  };
  const y = { field: 'method', type: 'nominal', title: null } as const;
  const spec: TopLevelSpec = {
    data: { values: [...toRows(scores, pick)] },
    background: 'white',
    facet: { field: 'setting', type: 'nominal', title: null },
    columns: PANELS_PER_ROW,
    spec: {
      width: PANEL_WIDTH,
      layer: [
        { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color },
        },
        {
          mark: { type: 'point', filled: true, size: 45 },
          encoding: { x: { ...x, field: 'value' }, y, color },
        },
      ],
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  return view.toSVG();
};
