/**
 * What lets this page in at the port it came from. The link of `leadtrail serve` carries the permanent token; the page
 * trades it for a session of its own at once, keeps that in the storage of its origin, which includes the port, and
 * sends it as `Authorization`. There is no cookie: a browser would send it to every port of this machine. The desktop
 * window comes by no link and needs none of this.
 */

const KEY = 'leadtrail.session';
/** Where the browser keeps nothing for us: good until the page is closed. */
let unkept: string | null = null;
/** The token of the link, until it is traded. */
let token: string | null = null;
let trading: Promise<void> | null = null;

export function session(): string | null {
  try {
    return localStorage.getItem(KEY) ?? unkept;
  } catch {
    return unkept;
  }
}

function keep(value: string) {
  unkept = value;
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // It is let in until it is closed.
  }
}

/** Takes the token out of the address bar and of the history, before anything else is done. */
export function takeToken() {
  const address = new URL(location.href);
  const given = address.searchParams.get('token');
  if (given === null) return;
  token = given;
  address.searchParams.delete('token');
  history.replaceState(history.state, '', address.pathname + address.search + address.hash);
}

/**
 * What a request says of who asks. A page that has just come by the link is let in first, by `trade`, which answers
 * with a session, or with `null` where the link is not the right one.
 */
export async function authorization(
  trade: (token: string) => Promise<string | null>,
): Promise<Record<string, string>> {
  const given = token;
  if (given !== null) {
    trading ??= trade(given)
      .then((made) => {
        // Only an answer settles it: where the server did not answer, the next request tries again.
        token = null;
        if (made !== null) keep(made);
      })
      .finally(() => (trading = null));
    await trading;
  }
  const held = session();
  return held === null ? {} : { authorization: `Bearer ${held}` };
}

/** Calls `listener` when another page of this origin was let in; answers how to stop. */
export function onLetIn(listener: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === KEY && event.newValue) listener();
  };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}
