// @ts-check
// The one question a kiosk asks. It is the second touch, and either answer gives the number; it is
// also where a wrong touch is noticed, because it says which field was touched and where its people
// wait. The groups and their legal basis are the centre's own configuration.
import { html, useSignal } from '../core/dom.js';
import { t, text, textLang, range } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';
import { useFit } from './start.js';

/** @param {{m: import('./machine.js').Machine, doc: any, local: import('./local.js').Local, service: any, reference: string, offline: boolean}} props */
export function Priority({ m, doc, local, service, reference, offline }) {
  const groups = doc.priorities;
  // What is known of the line now, not when the field was touched.
  const s = doc.services.find((/** @type {any} */ x) => x.id === service.id) ?? service;
  return html`
    <div class="priority" data-groups=${groups.length}>
      <div class="upper">
        <div class="priority__field">
          <span class="field-card__icon">${icon(s.icon || 'file-text')}</span>
          <div class="grow">
            <h1 tabindex="-1" data-focus lang=${textLang(s.name)}>${text(s.name)}</h1>
            ${s.where && text(s.where) && html`<p class="priority__where">${icon('armchair')}<span>${t('kiosk.done.where')} <b lang=${textLang(s.where)}>${text(s.where)}</b></span></p>`}
            ${!offline && html`<p class="muted">${line(s)}</p>`}
            ${reference && html`<p class="priority__where">${icon('file-check')}<span>${t('kiosk.reference')} <b>${reference}</b></span></p>`}
          </div>
        </div>
      </div>
      ${groups.length > 0 && html`<${Groups} m=${m} service=${service} groups=${groups} />`}
      <div class="priority__plain-row">
        <button type="button" class="btn btn--primary priority__plain" data-priority="" onClick=${() => m.issue(service, '')}>
          ${icon('ticket')} ${t(groups.length ? 'kiosk.priority.plain' : 'kiosk.take')}
        </button>
        ${local.printer() && html`<${Paper} m=${m} />`}
      </div>
      <div class="foot-row">
        <button type="button" class="btn btn--quiet" data-act="back" onClick=${m.back}>${icon('arrow-left')} ${t('kiosk.other_field')}</button>
        <${Countdown} m=${m} />
      </div>
    </div>
  `;
}

/** @param {any} s */
function line(s) {
  if (s.open_counters === 0) return t('kiosk.no_counter');
  if (s.waiting === 0) return t('kiosk.nobody');
  const wait = t('kiosk.waiting_n', { n: s.waiting });
  return s.eta ? html`${wait} · <span class="nowrap">${range(s.eta.p50_s, s.eta.p90_s)}</span>` : wait;
}

/**
 * Groups whose legal texts are too long for one screen are turned like pages.
 * @param {{m: import('./machine.js').Machine, service: any, groups: any[]}} props
 */
function Groups({ m, service, groups }) {
  const [fewer, list] = useFit(m, groups.length);
  const size = Math.max(1, groups.length - fewer);
  const pages = Math.ceil(groups.length / size);
  const suggested = groups.findIndex((g) => g.id === m.suggested.value);
  const turned = useSignal(-1);
  const page = Math.min(pages - 1, turned.value >= 0 ? turned.value : Math.max(0, Math.floor(suggested / size)));
  return html`
    <section class="priority__groups" aria-labelledby="groups">
      <h2 id="groups">${t('kiosk.priority.ask')}</h2>
      <p class="muted">${t('kiosk.priority.check')}</p>
      <ul class="groups" ref=${list}>
        ${groups.slice(page * size, (page + 1) * size).map((g) => html`<li key=${g.id}><${Group} m=${m} service=${service} g=${g} /></li>`)}
      </ul>
      ${pages > 1 && html`<button type="button" class="btn groups__more" data-act="groups" onClick=${() => (turned.value = (page + 1) % pages)}>${t('kiosk.priority.more', { page: page + 1, pages })} ${icon('chevron-right')}</button>`}
    </section>
  `;
}

/** @param {{m: import('./machine.js').Machine, service: any, g: any}} props */
function Group({ m, service, g }) {
  const suggested = m.suggested.value === g.id;
  return html`
    <button type="button" class="group" data-priority=${g.id} data-suggested=${suggested ? 'true' : undefined} onClick=${() => m.issue(service, g.id)}>
      <span class="grow">
        <span class="group__name" lang=${textLang(g.name)}>${text(g.name)}${suggested && html` <span class="chip chip--priority">${t('kiosk.card.by_age')}</span>`}</span>
        <span class="group__basis" lang=${textLang(g.basis)}>${text(g.basis)}</span>
      </span>
    </button>
  `;
}

/** With or without paper, as this person wants it.
 * @param {{m: import('./machine.js').Machine}} props */
function Paper({ m }) {
  const flip = () => {
    m.paper.value = !m.paper.value;
    m.refill();
  };
  return html`
    <button type="button" class="btn priority__paper" data-act="paper" aria-pressed=${String(!m.paper.value)} onClick=${flip}>
      ${icon(m.paper.value ? 'printer' : 'smartphone')} ${t(m.paper.value ? 'kiosk.paper.with' : 'kiosk.paper.without')}
    </button>
  `;
}
