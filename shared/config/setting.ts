/**
 * One row of a configuration table: the variable, what it means, its unit, range and default, whether
 * it is a secret, and how its text becomes a value. Everything a service can be told is a row, so that
 * help, checks and the redacted print come from one place.
 */
import { z } from 'zod';

export const VARIABLE_PREFIX = 'KUNDENPULS_';

export type Setting<T> = {
  readonly variable: string;
  readonly description: string;
  /** Unit of the value, for people; empty for names and addresses. */
  readonly unit: string;
  readonly range: string;
  /** The default as it would be written in the environment; null when there is none. */
  readonly defaultText: string | null;
  /** True when the value must be given. */
  readonly isRequired: boolean;
  /** Never printed, and may also come from the file named by <variable>_FILE. */
  readonly isSecret: boolean;
  /** The text names a file whose content is the value. */
  readonly isFile: boolean;
  readonly schema: z.ZodType<T, string>;
  /** The value when neither variable nor default is there. */
  readonly absent: T | undefined;
};

type Described = { readonly variable: string; readonly description: string };

const row = <T>(
  described: Described,
  rest: Pick<Setting<T>, 'schema' | 'range'> & Partial<Setting<T>>,
): Setting<T> => ({
  variable: `${VARIABLE_PREFIX}${described.variable}`,
  description: described.description,
  unit: '',
  defaultText: null,
  isRequired: false,
  isSecret: false,
  isFile: false,
  absent: undefined,
  ...rest,
});

/** A text; required unless it has a default (which may be empty). */
export const textSetting = (
  options: Described & {
    readonly defaultText?: string;
    readonly pattern?: RegExp;
    readonly range?: string;
  },
): Setting<string> => {
  const { defaultText = null, pattern = /^[^\r\n]*$/, range = 'text' } = options;
  return row(options, {
    schema: z.string().regex(pattern, `must be ${range}`),
    range,
    defaultText,
    isRequired: defaultText === null,
  });
};

/** A secret; empty when not given. Also read from the file named by <variable>_FILE. */
export const secretSetting = (options: Described): Setting<string> =>
  row(options, { schema: z.string(), range: 'text', defaultText: '', isSecret: true });

/** The content of a file that the variable names; null when not given. */
export const fileSetting = (options: Described): Setting<string | null> =>
  row<string | null>(options, {
    schema: z.string().min(1, 'names an empty file'),
    range: 'path of a readable file',
    isFile: true,
    absent: null,
  });

type Bounded = Described & {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
};

const boundedSetting = (
  options: Bounded,
  { what, pattern }: { readonly what: string; readonly pattern: RegExp },
): Setting<number> => {
  const { unit, min, max, defaultValue } = options;
  const range = `${String(min)} to ${String(max)}`;
  const message = `must be ${what} from ${range}${unit === '' ? '' : ` (${unit})`}`;
  return row(options, {
    schema: z
      .string()
      .regex(pattern, message)
      .transform(Number)
      .refine((value) => value >= min && value <= max, message),
    range,
    unit,
    defaultText: String(defaultValue),
  });
};

/** A whole number within bounds, with its unit. */
export const integerSetting = (options: Bounded): Setting<number> =>
  boundedSetting(options, { what: 'a whole number', pattern: /^-?\d{1,16}$/ });

/** A number within bounds, with its unit. */
export const numberSetting = (options: Bounded): Setting<number> =>
  boundedSetting(options, { what: 'a number', pattern: /^-?\d+(\.\d+)?(e-?\d+)?$/ });

/** yes or no. */
export const flagSetting = (
  options: Described & { readonly defaultValue: boolean },
): Setting<boolean> =>
  row(options, {
    schema: z
      .string()
      .regex(/^(true|false)$/, 'must be true or false')
      .transform((text) => text === 'true'),
    range: 'true or false',
    defaultText: String(options.defaultValue),
  });

/** One of a closed list. */
export const choiceSetting = <const T extends string>(
  options: Described & { readonly choices: readonly T[]; readonly defaultValue: T },
): Setting<T> => {
  const range = options.choices.join(', ');
  const isChoice = (text: string): text is T => options.choices.some((choice) => choice === text);
  return row<T>(options, {
    schema: z.string().transform((text, context) => {
      if (isChoice(text)) return text;
      context.addIssue({ code: 'custom', message: `must be one of ${range}` });
      return z.NEVER;
    }),
    range,
    defaultText: options.defaultValue,
  });
};

/** A list separated by commas; every item must match. */
export const listSetting = (
  options: Described & {
    readonly defaultText: string;
    readonly item: RegExp;
    readonly itemName: string;
    readonly isEmptyAllowed?: boolean;
  },
): Setting<readonly string[]> => {
  const { item, itemName, isEmptyAllowed = false } = options;
  const range = `${itemName}, separated by commas`;
  return row<readonly string[]>(options, {
    schema: z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
      .refine((parts) => isEmptyAllowed || parts.length > 0, `must name at least one ${itemName}`)
      .refine((parts) => parts.every((part) => item.test(part)), `must be ${range}`),
    range,
    defaultText: options.defaultText,
  });
};

/** An address with one of the given schemes; empty only when that is the default. */
export const urlSetting = (
  options: Described & { readonly schemes: readonly string[]; readonly defaultText: string },
): Setting<string> => {
  const range = `an address starting with ${options.schemes.join(' or ')}`;
  const isAddress = (text: string): boolean =>
    URL.canParse(text) && options.schemes.some((scheme) => text.startsWith(scheme));
  return row(options, {
    schema: z
      .string()
      .refine(
        (text) => (text === '' && options.defaultText === '') || isAddress(text),
        `must be ${range}`,
      ),
    range,
    defaultText: options.defaultText,
  });
};
