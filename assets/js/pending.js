// @ts-check
/* The page of a ticket that the server does not know yet: it asks again by itself and
   becomes the ticket's page. As plain as the phone page. */
(function () {
  'use strict';
  const SOON_MS = 8000, LATE_MS = 60000;
  let wait = SOON_MS;
  function ask() {
    fetch(location.href, { method: 'HEAD', cache: 'no-store' }).then(
      (r) => { if (r.ok) location.reload(); else later(); },
      later,
    );
  }
  function later() {
    wait = Math.min(wait * 1.2, LATE_MS);
    setTimeout(ask, wait);
  }
  setTimeout(ask, wait);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
})();
