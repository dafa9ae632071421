// @ts-check
// JSON schemas as people read them: a type in a word or two, and a table of fields.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';

/** The anchor of a named type. @param {string} name */
export const named = (name) => `t-${name}`;

/** Follows a reference inside the document. @param {any} api @param {any} schema @returns {any} */
export function resolve(api, schema) {
  const ref = schema?.$ref;
  if (!ref) return schema;
  return ref.replace(/^#\//, '').split('/').reduce((/** @type {any} */ at, /** @type {string} */ key) => at?.[key], api) ?? {};
}

/** @param {{schema: any}} props */
export function Type({ schema }) {
  if (!schema) return null;
  if (schema.$ref) {
    const name = schema.$ref.split('/').pop();
    return html`<a href=${`#${named(name)}`}>${name}</a>`;
  }
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return html`${either.map((/** @type {any} */ s, /** @type {number} */ i) => html`${i ? ' | ' : ''}<${Type} schema=${s} />`)}`;
  const kinds = [schema.type ?? 'any'].flat();
  if (kinds.includes('array')) return html`<${Type} schema=${schema.items} />[]${kinds.includes('null') ? ' | null' : ''}`;
  const limits = [
    schema.format,
    schema.minimum !== undefined ? `≥ ${schema.minimum}` : '',
    schema.maximum !== undefined ? `≤ ${schema.maximum}` : '',
    schema.maxLength !== undefined ? t('docs.atmost', { n: schema.maxLength }) : '',
    schema.default !== undefined ? `= ${JSON.stringify(schema.default)}` : '',
  ].filter(Boolean);
  return html`<span class="d-type">${schema.enum ? schema.enum.map((/** @type {any} */ v) => JSON.stringify(v)).join(' | ') : kinds.join(' | ')}${limits.length ? ` (${limits.join(', ')})` : ''}</span>`;
}

/** @param {{api: any, schema: any}} props */
export function Fields({ api, schema }) {
  const s = resolve(api, schema);
  const fields = Object.entries(s.properties ?? {});
  if (!fields.length) return html`<p><${Type} schema=${s} /></p>`;
  return html`<table class="table">
    <tbody>
      ${fields.map(
        ([name, f]) => html`<tr>
          <th scope="row"><code>${name}</code></th>
          <td><${Type} schema=${f} />${s.required?.includes(name) ? html` <strong>${t('docs.required')}</strong>` : null}${/** @type {any} */ (f).description ? html`<br />${/** @type {any} */ (f).description}` : null}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
