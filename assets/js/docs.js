// @ts-check
// The API reference, drawn from /openapi.json: routes by group, what goes in, what comes out, and
// the error codes. The descriptions are the server's own and in English.
import { html, mountInto, signal } from './core/dom.js';
import { loadLocale, t, has } from './core/i18n.js';
import { get } from './core/api.js';
import { plain } from './desk/words.js';
import { Type, Fields, resolve, named } from './docs/schema.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const wanted = signal('');

/** @typedef {{method: string, path: string, op: any, id: string}} Route */

/** @param {any} api @returns {[string, Route[]][]} groups in the order of the document */
function groups(api) {
  /** @type {Map<string, Route[]>} */
  const all = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const op = /** @type {any} */ (item)[method];
      if (!op) continue;
      const tag = op.tags?.[0] ?? 'other';
      if (!all.has(tag)) all.set(tag, []);
      all.get(tag)?.push({ method, path, op, id: op.operationId ?? `${method}-${path}` });
    }
  }
  return [...all];
}

/** @param {Route} r */
function matches(r) {
  const words = plain(wanted.value).split(/\s+/).filter(Boolean);
  const text = plain(`${r.method} ${r.path} ${r.op.summary ?? ''}`);
  return words.every((w) => text.includes(w));
}

/** @param {{api: any, r: Route}} props */
function Operation({ api, r }) {
  const { op } = r;
  const body = op.requestBody?.content?.['application/json']?.schema;
  return html`<details class="d-op" id=${r.id}>
    <summary>
      <span class=${`d-method d-method--${r.method}`}>${r.method.toUpperCase()}</span>
      <code>${r.path}</code>
      <span class="d-say">${op.summary}</span>
    </summary>
    <div class="d-in" lang="en">
      ${op.description ? html`<p>${op.description}</p>` : null}
      <p class="d-who">${op.security?.length ? t('docs.who', { how: [...new Set(op.security.flatMap(Object.keys))].join(', ') }) : t('docs.anyone')}</p>
      ${op.parameters?.length ? html`<h4>${t('docs.parameters')}</h4><${Parameters} api=${api} list=${op.parameters} />` : null}
      ${body ? html`<h4>${t('docs.body')}</h4><${Fields} api=${api} schema=${body} />` : null}
      <h4>${t('docs.answers')}</h4>
      <table class="table">
        <tbody>
          ${Object.entries(op.responses ?? {}).map(([status, a]) => html`<tr>
            <th scope="row" class="num">${status === 'default' ? '4xx, 5xx' : status}</th>
            <td>${/** @type {any} */ (a).description} ${Object.entries(/** @type {any} */ (a).content ?? {}).map(([kind, c]) => html`<span class="d-kind">${kind} <${Type} schema=${/** @type {any} */ (c).schema} /></span>`)}</td>
          </tr>`)}
        </tbody>
      </table>
      <p><a href=${`#${r.id}`}>${t('docs.link')}</a></p>
    </div>
  </details>`;
}

/** @param {{api: any, list: any[]}} props */
function Parameters({ api, list }) {
  return html`<table class="table">
    <tbody>
      ${list.map((raw) => {
        const p = resolve(api, raw);
        return html`<tr>
          <th scope="row"><code>${p.name}</code> <span class="d-in-where">${t(`docs.in.${p.in}`)}</span></th>
          <td><${Type} schema=${p.schema ?? {}} />${p.required ? html` <strong>${t('docs.required')}</strong>` : null}<br />${p.description}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/** The codes of refusals, with the sentence that the pages show for each. @param {{api: any}} props */
function Codes({ api }) {
  const codes = api.components?.schemas?.Problem?.properties?.code?.enum ?? [];
  return html`<section id="errors">
    <h2>${t('docs.errors')}</h2>
    <p class="d-lead">${t('docs.errors.say')}</p>
    <table class="table">
      <tbody>
        ${codes.map((/** @type {string} */ c) => html`<tr><th scope="row"><code>${c}</code></th><td>${has(`error.${c}`) ? t(`error.${c}`) : ''}</td></tr>`)}
      </tbody>
    </table>
  </section>`;
}

/** @param {{api: any}} props */
function Page({ api }) {
  const all = groups(api);
  return html`<div class="d-page">
    <nav class="d-nav" aria-label=${t('docs.contents')}>
      ${all.map(([tag, list]) => html`<a href=${`#g-${tag}`}>${tag} <span class="num">${list.length}</span></a>`)}
      <a href="#errors">${t('docs.errors')}</a>
      <a href="#types">${t('docs.types')}</a>
    </nav>
    <div class="d-main">
      <h1>${t('docs.title')}</h1>
      <p class="d-lead" lang="en">${api.info?.description}</p>
      <p>${t('docs.raw')} <a href="/openapi.json">/openapi.json</a> · ${api.info?.version}</p>
      <p class="field d-find"><label for="find">${t('docs.find')}</label>
        <input class="input" id="find" type="search" onInput=${(/** @type {any} */ e) => (wanted.value = e.target.value)} /></p>
      ${all.map(([tag, list]) => {
        const shown = list.filter(matches);
        return shown.length ? html`<section id=${`g-${tag}`} key=${tag}><h2>${tag}</h2>${shown.map((r) => html`<${Operation} api=${api} r=${r} key=${r.id} />`)}</section>` : null;
      })}
      <${Codes} api=${api} />
      <section id="types">
        <h2>${t('docs.types')}</h2>
        ${Object.entries(api.components?.schemas ?? {}).map(
          ([name, schema]) => html`<details class="d-op" id=${named(name)} key=${name}>
            <summary><code>${name}</code> <span class="d-say">${/** @type {any} */ (schema).description}</span></summary>
            <div class="d-in" lang="en"><${Fields} api=${api} schema=${schema} /></div>
          </details>`,
        )}
      </section>
    </div>
  </div>`;
}

/** Opens what the address names. */
function follow() {
  const el = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (el instanceof HTMLDetailsElement) el.open = true;
  el?.scrollIntoView();
}

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
await loadLocale(document.body.dataset.lang ?? 'vi', ['common', 'errors', 'docs']);
try {
  const api = await get('/openapi.json');
  root.replaceChildren();
  mountInto(html`<${Page} api=${api} />`, root);
  addEventListener('hashchange', follow);
  follow();
} catch {
  const p = document.createElement('p');
  p.setAttribute('role', 'alert');
  p.textContent = t('error.network');
  root.append(p);
}
