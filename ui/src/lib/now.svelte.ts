/** The viewer's clock, ticking four times a minute so that "2 min ago" stays true. */
class Now {
  ms = $state(Date.now());

  constructor() {
    setInterval(() => (this.ms = Date.now()), 15_000);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.ms = Date.now();
    });
  }
}

export const now = new Now();
