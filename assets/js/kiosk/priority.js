// @ts-check
// The one question a kiosk asks, after the field: it is the second touch, and either answer gives
// the number. The groups and their legal basis are the centre's own configuration.
import { html } from '../core/dom.js';
import { t, text, textLang } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';

/** @param {{m: import('./machine.js').Machine, doc: any, service: any}} props */
export function Priority({ m, doc, service }) {
  return html`
    <div class="priority">
      <div class="priority__field">
        <span class="field-card__icon">${icon(service.icon || 'file-text')}</span>
        <div>
          <h1 tabindex="-1" data-focus lang=${textLang(service.name)}>${text(service.name)}</h1>
          <p class="muted">${service.open_counters === 0 ? t('kiosk.no_counter') : t('kiosk.priority.intro')}</p>
        </div>
      </div>
      <button type="button" class="btn btn--primary priority__plain" data-priority="" onClick=${() => m.issue(service, '')}>
        ${icon('ticket')} ${t('kiosk.priority.plain')}
      </button>
      <section class="priority__groups" aria-labelledby="groups">
        <h2 id="groups">${t('kiosk.priority.mine')}</h2>
        <p class="muted">${t('kiosk.priority.check')}</p>
        <ul class="groups">
          ${doc.priorities.map(
            (/** @type {any} */ g) => html`
              <li key=${g.id}>
                <button type="button" class="group" data-priority=${g.id} onClick=${() => m.issue(service, g.id)}>
                  <span class="grow">
                    <span class="group__name" lang=${textLang(g.name)}>${text(g.name)}</span>
                    <span class="group__basis" lang=${textLang(g.basis)}>${text(g.basis)}</span>
                  </span>
                </button>
              </li>
            `,
          )}
        </ul>
      </section>
    </div>
    <div class="foot-row">
      <button type="button" class="btn btn--quiet" data-act="back" onClick=${m.reset}>${icon('arrow-left')} ${t('back')}</button>
      <${Countdown} m=${m} />
    </div>
  `;
}
