import { storable } from "../values/text.js";

/** What stands where something was that nobody may read. */
export const REDACTED = "[redacted]";

/** Of a text only its beginning is looked through, and kept. */
export const MOST_SEARCHED = 4_096;

const SECRET_NAMES = /token$|password|passwd|secret|authorization|cookie|api_?key|credential|signature$/i;
const SECRET_PARAMETERS = /token|password|secret|signature|credential|key|^(?:sig|code|sas)$/i;
const LONGEST_NAME = 200;

/** None looks at a character more than a few times, whatever the text: it comes from whoever may ask for something. */
const SECRETS: readonly [RegExp, string | ((whole: string, before: string, name: string) => string)][] = [
  [/asof_[\w-]{43}/g, REDACTED],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){0,2}/g, REDACTED],
  [/:\/\/[^\s/@?#]*@/g, `://${REDACTED}@`],
  [
    /([?&])([\w.-]+)=[^&\s#"']*/g,
    (whole, before, name) => (SECRET_PARAMETERS.test(name) ? `${before}${name}=${REDACTED}` : whole),
  ],
];
const MAY_HAVE_SECRETS = /asof_|bearer |basic |eyJ|:\/\/|[?&]/i;

/** Whether what is called so lets somebody in. */
export const isSecretName = (name: string): boolean => SECRET_NAMES.test(name.slice(0, LONGEST_NAME));

/** The beginning of a text, without what lets somebody in, as PostgreSQL can hold it. */
export function withoutSecrets(text: string): string {
  let left = text.length > MOST_SEARCHED ? beginningOf(text) : text;
  if (MAY_HAVE_SECRETS.test(left))
    for (const [secret, instead] of SECRETS) left = left.replace(secret, instead as string);
  return storable(left);
}

/** Up to a blank: a half of a secret looks like none. */
function beginningOf(text: string): string {
  const beginning = text.slice(0, MOST_SEARCHED);
  return beginning.slice(0, beginning.search(/\s\S*$/) + 1);
}

/** Of an address what is no secret: those of hooks let in whoever has the rest. */
export function originOf(address: string): string {
  const given = address.slice(0, MOST_SEARCHED);
  if (!URL.canParse(given)) return REDACTED;
  const { protocol, host, pathname, search } = new URL(given);
  return `${protocol}//${host}${pathname.length > 1 || search ? "/…" : ""}`;
}
