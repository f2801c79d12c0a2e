/** What a person who set something wrong is told before anything starts. */
import {
  composeProjectAt,
  foldersAt,
  planServices,
  settingProblems,
} from '../../../../services/start/plan.js';

describe('the settings of a start', () => {
  it('are right when nothing is set', () => {
    expect(settingProblems({})).toEqual([]);
  });

  it('are checked for every service at once, and each problem is said once', () => {
    const problems = settingProblems({
      KUNDENPULS_LOCAL_KAFKA_PORT: '99999999',
      KUNDENPULS_SCORER_PORT: 'x',
      KUNDENPULS_TRAINER_INTERVAL_MS: '-1',
      KUNDENPULS_LOG_LEVEL: 'loud',
      KUNDENPULS_REDIS_PORT: '1',
    });
    const named = problems.map((problem) => problem.split(' ')[0]);
    expect(named.sort()).toEqual([
      'KUNDENPULS_LOCAL_KAFKA_PORT',
      'KUNDENPULS_LOG_LEVEL',
      'KUNDENPULS_REDIS_PORT',
      'KUNDENPULS_SCORER_PORT',
      'KUNDENPULS_TRAINER_INTERVAL_MS',
    ]);
  });

  it('are checked for ingest only where it has sources', () => {
    const wrong = { KUNDENPULS_INGEST_PORT: 'x' };
    expect(settingProblems(wrong)).toEqual([]);
    expect(settingProblems({ ...wrong, KUNDENPULS_INGEST_TOPICS: 'erp' })).toHaveLength(1);
  });
});

describe('the plan of a start', () => {
  it('kills a trainer in the middle of a fit soon, and waits for all others to finish', () => {
    const plans = planServices({ folders: foldersAt('/nowhere'), env: {} });
    const graceMs = new Map(plans.map(({ name, stopGraceMs }) => [name, stopGraceMs]));
    expect(graceMs.get('trainer')).toBeLessThanOrEqual(1_000);
    const others = [...graceMs].filter(([name]) => name !== 'trainer');
    // Each has 20 s by default for stopping in order (KUNDENPULS_STOP_BUDGET_MS).
    expect(others.every(([, ms]) => ms > 20_000)).toBe(true);
  });
});

describe('the Compose project of a start', () => {
  it('is one of each folder, and never the one that is started by hand', () => {
    const names = ['/a', '/b', '', './a'].map((folder) => composeProjectAt(foldersAt(folder)));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^kundenpuls-start-[0-9a-f]{8}$/);
  });
});
